import { index, route, type RouteConfig } from '@react-router/dev/routes'

export default [
  index('home.tsx'),
  route('sign-in', 'sign-in.ts'),
  route('sign-out', 'sign-out.ts'),
  route('me', 'me.ts'),
  route('admin', 'admin.ts'),
  route('session/*', 'session.ts'),
] satisfies RouteConfig
