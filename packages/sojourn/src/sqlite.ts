// What `import … from 'sojourn/sqlite'` gives: sessions in one SQLite file, shared by the processes of one machine.

export { sqliteStore, type SqliteStore, type SqliteStoreOptions } from './store/sqlite.ts'
export type { Durability } from './store/sqlite-file.ts'
export { sqliteJournal, type SqliteJournal, type SqliteJournalOptions } from './audit/sqlite.ts'
