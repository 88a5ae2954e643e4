// What `import … from 'sojourn/file'` gives: the audit trail in files of JSON lines.

export { fileJournal, type FileJournal, type FileJournalOptions } from './audit/file.ts'
