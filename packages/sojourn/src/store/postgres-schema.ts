// The one table of sessions in PostgreSQL, and the way it came about: numbered migrations, each carried out once, under
// an advisory lock, so that ten nodes may start together. The application's own tables are never touched.
//
// Ids are compared byte by byte (collation "C"), so the primary key also serves the owner, whose first eight characters
// begin each id. Nothing that a refresh changes is in an index but the expiry, and that moves seldom: an update stays
// in its page (HOT) and the fill factor leaves room for it.

import type { Query } from './postgres-client.ts'

/** What brings the schema from version n to n + 1. Never changed once released. */
export const migrations: readonly string[] = [
  `create table if not exists SCHEMA.sessions (
    id text collate "C" primary key,
    owner text collate "C" not null,
    version integer not null,
    expires_at bigint not null,
    state text not null
  ) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
  create index if not exists sessions_expires_at on SCHEMA.sessions (expires_at);`,
]

/** Any number that only we use. */
const lock = 7_268_541_903

/**
 * Brings the schema up to date; does nothing if it is. Rejects if a newer version of Sojourn has written it. It is one
 * statement, so it works through any pooler, and nodes that start together wait for each other inside of it.
 */
export async function migrate(query: Query, schema: string): Promise<void> {
  const steps = migrations.map(
    (text, version) =>
      `if found < ${version + 1} then ${text.replaceAll('SCHEMA', schema)} update ${schema}.schema_version set version = ${version + 1}; end if;`,
  )
  const text = `do $sojourn$
declare found integer;
begin
  perform pg_advisory_xact_lock(${lock});
  create schema if not exists ${schema};
  create table if not exists ${schema}.schema_version (version integer not null);
  select version into found from ${schema}.schema_version;
  if found is null then insert into ${schema}.schema_version values (0); found := 0; end if;
  if found > ${migrations.length} then
    raise exception 'The schema ${schema} was written by a newer version of Sojourn (% instead of ${migrations.length})', found;
  end if;
  ${steps.join('\n  ')}
end $sojourn$`
  await query({ name: 'migrate', text }, [])
}
