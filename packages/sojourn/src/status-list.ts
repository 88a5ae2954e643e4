// What `import … from 'sojourn/status-list'` gives: the route that serves status lists, and the reading of those of others.

export { statusListHandler, type StatusListHandler } from './logout/status-list-handler.ts'
export { readStatusList, statusAt, type StatusList } from './core/status-list.ts'
