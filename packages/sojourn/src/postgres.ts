// What `import … from 'sojourn/postgres'` gives: sessions in PostgreSQL, shared by any number of nodes.

export { postgresStore, type PostgresStore, type PostgresStoreOptions } from './store/postgres.ts'
export type { PostgresClient } from './store/postgres-client.ts'
export type { PostgresListener } from './store/postgres-listener.ts'
export { postgresJournal, type PostgresJournal, type PostgresJournalOptions } from './audit/postgres.ts'
