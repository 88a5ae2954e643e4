// `sojourn apikeys`: keys for the backend routes. A new key is shown once, alone on standard output, so that it can go
// straight to where secrets are kept.

import { milliseconds } from './duration.ts'
import { note, printJson, printList, shortTime, type Column } from './output.ts'
import { roles } from '../apikeys/role.ts'
import { storedApiKeys, type ApiKeyInfo, type StoredApiKeys } from '../apikeys/stored-api-keys.ts'
import { within, type Within } from './within.ts'

type Flags = Readonly<Record<string, unknown>> & { readonly json?: boolean }

const usage = 2

export interface CreateFlags extends Flags {
  readonly role?: string
  readonly name?: string
  readonly expires?: string
}

export async function createApiKey(flags: CreateFlags): Promise<number> {
  const { name = '', expires } = flags
  const role = roles.find((one) => one === flags.role)
  if (!role) return refuse(`--role must be ${roles.join(' or ')}.`)
  if (name.length > 64 || /\p{Cc}/u.test(name)) return refuse('--name must be at most 64 plain characters.')
  const span = expires === undefined ? undefined : milliseconds(expires)
  if (expires !== undefined && span === undefined)
    return refuse('--expires must be a duration such as 12h or 90d, of at most 400 days.')
  return within(flags, async ({ sojourn, ...of }) => {
    const now = sojourn.settings.clock()
    const made = await keysOf({ sojourn, ...of }).create({
      role,
      name,
      ...(span === undefined ? {} : { expiresAt: now + span }),
    })
    if (flags.json) printJson({ key: made.key, ...shown(made.info) })
    else {
      note(`Made the API key ${made.info.id} (${role}). It is shown now and never again:`)
      console.log(made.key)
    }
    return 0
  })
}

export function listApiKeys(flags: Flags): Promise<number> {
  return within(flags, async (of) => {
    const keys = await keysOf(of).list()
    if (flags.json) printJson(keys.map(shown))
    else printList(keys, { columns, isJson: false, none: 'There are no API keys in the store.' })
    return 0
  })
}

export function revokeApiKey(id: string, flags: Flags): Promise<number> {
  return within(flags, async (of) => {
    const isRevoked = await keysOf(of).revoke(id)
    if (flags.json) printJson({ revoked: isRevoked })
    else
      note(
        isRevoked
          ? 'Revoked: no server takes it any more.'
          : `There is no API key ${JSON.stringify(id.slice(0, 64))}.`,
      )
    return isRevoked ? 0 : 1
  })
}

function keysOf({ sojourn, store, settings }: Within): StoredApiKeys {
  const { environment, clock } = sojourn.settings
  return storedApiKeys({ store: store.store, issuer: settings.issuer ?? '', environment, clock })
}

const columns: readonly Column<ApiKeyInfo>[] = [
  { title: 'ID', of: ({ id }) => id },
  { title: 'ROLE', of: ({ role }) => role },
  { title: 'NAME', of: ({ name }) => name },
  { title: 'CREATED (UTC)', of: ({ createdAt }) => shortTime(createdAt) },
  {
    title: 'LAST USED',
    of: ({ lastUsedAt }) => (lastUsedAt === undefined ? 'never' : shortTime(lastUsedAt)),
  },
  { title: 'EXPIRES', of: ({ expiresAt }) => (expiresAt === undefined ? '' : shortTime(expiresAt)) },
]

function shown({ createdAt, lastUsedAt, expiresAt, ...rest }: ApiKeyInfo): Readonly<Record<string, unknown>> {
  const time = (at: number | undefined): string | null =>
    at === undefined ? null : new Date(at).toISOString()
  return { ...rest, createdAt: time(createdAt), lastUsedAt: time(lastUsedAt), expiresAt: time(expiresAt) }
}

function refuse(why: string): number {
  note(why)
  return usage
}
