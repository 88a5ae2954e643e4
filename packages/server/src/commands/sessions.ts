// `sojourn sessions`: look at sessions and end them, straight in the store, whether a server runs or not.

import { SojournError, type Session } from 'sojourn'
import { viewOf } from 'sojourn/fetch'

import { note, printJson, printList, shortTime, type Column } from './output.ts'
import { caller, within, type Within } from './within.ts'

type Flags = Readonly<Record<string, unknown>>

export interface ListFlags extends Flags {
  readonly subject?: string
  readonly tenant?: string
  readonly limit?: string
  readonly json?: boolean
}

const mostListed = 1000

export function listSessions(flags: ListFlags): Promise<number> {
  return within(flags, async ({ sojourn }) => {
    const limit = limitIn(flags.limit)
    const { policy } = sojourn.settings
    const sessions = await found(sojourn, flags, limit + 1)
    printList(
      sessions.slice(0, limit).map((session) => viewOf(session, policy)),
      {
        columns,
        isJson: flags.json ?? false,
        none: 'No session lives.',
      },
    )
    if (sessions.length > limit) note(`There are more than ${limit}: narrow it down, or say --limit.`)
    return 0
  })
}

async function found(
  sojourn: Within['sojourn'],
  { subject, tenant }: ListFlags,
  most: number,
): Promise<readonly Session[]> {
  if (subject !== undefined)
    return (await sojourn.list(subject)).filter((one) => tenant === undefined || one.tenant === tenant)
  const items: Session[] = []
  let cursor: string | undefined
  do {
    const page = await sojourn.browse({
      limit: 500,
      ...(tenant === undefined ? {} : { tenant }),
      ...(cursor === undefined ? {} : { cursor }),
    })
    items.push(...page.items)
    cursor = page.next
  } while (cursor !== undefined && items.length < most)
  return items
}

function limitIn(text = '50'): number {
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0
  if (limit >= 1 && limit <= mostListed) return limit
  throw new SojournError('request_malformed', { detail: `--limit must be from 1 to ${mostListed}.` })
}

const columns: readonly Column<ReturnType<typeof viewOf>>[] = [
  { title: 'ID', of: ({ id }) => id },
  { title: 'SUBJECT', of: ({ subject }) => (subject ?? '(anonymous)').slice(0, 40) },
  { title: 'PROFILE', of: ({ profile }) => profile },
  { title: 'LAST SEEN (UTC)', of: ({ lastSeenAt }) => shortTime(Date.parse(lastSeenAt)) },
  { title: 'ENDS', of: ({ idleExpiresAt }) => shortTime(Date.parse(idleExpiresAt)) },
  { title: 'DEVICE', of: ({ device }) => (device.label ?? device.userAgent ?? '').slice(0, 32) },
]

/** One session with everything that is known of it. */
export function showSession(id: string, flags: Flags): Promise<number> {
  return within(flags, async ({ sojourn }) => {
    const session = await sojourn.find(id)
    if (!session) return gone(id)
    const { data, tenant = null, version } = session
    printJson({ ...viewOf(session, sojourn.settings.policy), tenant, data, version })
    return 0
  })
}

function gone(id: string): number {
  note(`No session ${JSON.stringify(id.slice(0, 64))} lives.`)
  return 1
}

export interface RevokeFlags extends Flags {
  readonly subject?: string
  readonly except?: string
  readonly tenant?: string
  readonly yes?: boolean
  readonly json?: boolean
}

const usage = 2

/** Ends sessions: by their ids, all of a subject, or all of a tenant. */
export async function revokeSessions(ids: readonly string[], flags: RevokeFlags): Promise<number> {
  const { subject, except, tenant, yes = false } = flags
  const ways = [ids.length > 0, subject !== undefined, tenant !== undefined].filter(Boolean).length
  if (ways !== 1) return refuse('Say which: ids, --subject or --tenant, and one of these only.')
  if (except !== undefined && subject === undefined) return refuse('--except goes with --subject.')
  if (tenant !== undefined && !yes)
    return refuse('This ends every session of the tenant: say --yes if you mean it.')
  return within(flags, async ({ sojourn }) => {
    const counts = { revoked: 0, missing: [] as string[] }
    const actor = { kind: 'command', name: caller() } as const
    if (subject !== undefined)
      counts.revoked = (await sojourn.revokeAll(subject, except, 'revoked', actor)).length
    else if (tenant !== undefined) counts.revoked = await sojourn.revokeMatching({ tenant, actor })
    else
      for (const id of ids)
        if (await sojourn.revoke(id, 'revoked', actor)) counts.revoked++
        else counts.missing.push(id)
    if (flags.json) printJson(counts)
    else note(`Ended ${counts.revoked}.`)
    return counts.missing.length === 0 ? 0 : counts.missing.map(gone)[0]!
  })
}

function refuse(why: string): number {
  note(why)
  return usage
}
