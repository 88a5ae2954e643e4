// What `import … from 'sojourn/audit'` gives: the audit trail. Journals come with their databases: `sqliteJournal` with
// `sojourn/sqlite`, `postgresJournal` with `sojourn/postgres`, `redisJournal` with `sojourn/redis`.

export type { TrailRetentionOptions } from './audit/retention.ts'
export { auditTrail, type AuditTrail, type AuditTrailOptions } from './audit/trail.ts'
export type { Person } from './audit/person.ts'
export type { Amendment, AuditFilter, Journal } from './audit/journal.ts'
export type { AddressPrivacy } from './audit/privacy.ts'
export type { Explanation, Passage } from './audit/explain.ts'
export type { Following } from './audit/follow.ts'
export type { AuditEvent, AuditLine, AuditRecord, Mark, TrailEvent } from './audit/record.ts'
export type { AuditFault, Verification } from './audit/verify.ts'
export { webhookSink, type WebhookFailure, type WebhookOptions, type WebhookSink } from './audit/webhook.ts'
export { memoryJournal } from './audit/memory.ts'
