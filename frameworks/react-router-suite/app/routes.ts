import { route, type RouteConfig } from '@react-router/dev/routes'

export default [route('*', 'rest.ts')] satisfies RouteConfig
