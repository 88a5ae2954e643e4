export { postgresStore, type PostgresStore, type PostgresStoreOptions } from './store/postgres.ts'
export type { PostgresClient } from './store/postgres-client.ts'
