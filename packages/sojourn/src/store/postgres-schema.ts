// What is ours in PostgreSQL, and the way it came about: numbered migrations, each carried out once, under an advisory
// lock, so that ten nodes may start together. The application's own tables are never touched.
//
// Ids are compared byte by byte (collation "C"), so the primary key also serves the owner, whose first eight characters
// begin each id. Nothing that a refresh changes is in an index but the expiry, and that moves seldom: an update stays
// in its page (HOT) and the fill factor leaves room for it.

import { configurationError } from '../core/errors.ts'
import { codeOf, statement, type Query } from './postgres-client.ts'

/** What brings the schema from version n to n + 1. Never changed once released. */
const migrations: readonly string[] = [
  `create table SCHEMA.sessions (
    id text collate "C" primary key,
    owner text collate "C" not null,
    version integer not null,
    expires_at bigint not null,
    state text not null
  ) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
  create index sessions_expires_at on SCHEMA.sessions (expires_at);`,

  // The feed: what was announced, by which transaction, and when by the clock of the server.
  `create table SCHEMA.notices (
    xid xid8 not null default pg_current_xact_id(),
    number bigint generated always as identity,
    announced_at bigint not null default (extract(epoch from clock_timestamp()) * 1000)::bigint,
    at bigint not null,
    notices text not null,
    primary key (xid, number)
  );
  create index notices_announced_at on SCHEMA.notices (announced_at);`,

  // The audit trail, and its two sealed ends.
  `create table SCHEMA.audit_lines (
    number bigint primary key,
    at bigint not null,
    type text not null,
    session_id text,
    subject text,
    text text not null,
    mac text not null
  );
  create index audit_lines_session on SCHEMA.audit_lines (session_id, number) where session_id is not null;
  create index audit_lines_subject on SCHEMA.audit_lines (subject, number) where subject is not null;
  create table SCHEMA.audit_marks (kind text primary key, number bigint not null, mac text not null, seal text not null);
  insert into SCHEMA.audit_marks values ('head', 0, '', ''), ('tail', 0, '', '');`,
]

/** Any number that only we use. */
const lock = 7_268_541_903
const writtenByNewer = 'SJ001'

/**
 * Brings the schema up to date; does nothing, and needs no right to do anything, if it is. Rejects with `config_invalid`
 * if a newer Sojourn has written it. It is one statement, so it works through any pooler, and nodes that start together
 * wait for each other inside of it.
 */
export async function migrate(query: Query, schema: string): Promise<void> {
  try {
    await query(statement(migration(schema)), [])
  } catch (error) {
    if (codeOf(error) !== writtenByNewer) throw error
    throw configurationError('postgresStore cannot be used', [(error as Error).message])
  }
}

function migration(schema: string): string {
  const ours = `"${schema}"`
  const steps = migrations.map(
    (text, version) => `
  if reached < ${version + 1} then
    ${text.replaceAll('SCHEMA', ours)}
    update ${ours}.schema_version set version = ${version + 1};
  end if;`,
  )
  return `do $sojourn$
declare reached integer;
begin
  perform pg_advisory_xact_lock(${lock});
  if to_regclass('${ours}.schema_version') is null then
    if to_regnamespace('${ours}') is null then create schema ${ours}; end if;
    create table ${ours}.schema_version (version integer not null);
    insert into ${ours}.schema_version values (0);
  end if;
  select version into reached from ${ours}.schema_version;
  if reached is null then
    -- Only where transactions see the past: another node has made it while we waited. Look again.
    raise exception 'The schema ${schema} was made just now' using errcode = '40001';
  end if;
  if reached > ${migrations.length} then
    raise exception 'the schema ${schema} was written by a newer version of Sojourn (% instead of ${migrations.length})', reached
      using errcode = '${writtenByNewer}';
  end if;${steps.join('')}
end $sojourn$`
}

const undefinedTable = '42P01'
const undefinedSchema = '3F000'

/** The same, but where our tables are missing it says what to do. */
export function withAdvice(query: Query, schema: string): Query {
  return async (asked, values) => {
    try {
      return await query(asked, values)
    } catch (cause) {
      const code = codeOf(cause)
      if (code !== undefinedTable && code !== undefinedSchema) throw cause
      throw new Error(`The tables in the schema ${schema} are not there: call migrate() first`, { cause })
    }
  }
}
