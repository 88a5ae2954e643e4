// The form that an OAuth endpoint is sent (RFC 6749 appendix B): each parameter once, an empty one counts as absent, and
// unknown ones are ignored (§3.2).

import { SojournError } from 'sojourn'
import { nodeView } from 'sojourn/node'

import type { Request } from '../api/context.ts'
import { OAuthFailure } from './failure.ts'

export const formType = 'application/x-www-form-urlencoded'

const longest = 65_536
const decoder = new TextDecoder('utf-8', { fatal: true })

export async function readForm({ env, req }: Request): Promise<ReadonlyMap<string, string>> {
  if (
    !/^application\/x-www-form-urlencoded[ \t]*(;[ \t]*charset="?utf-8"?[ \t]*)?$/i.test(
      req.header('content-type') ?? '',
    )
  )
    throw new OAuthFailure('invalid_request', `Send ${formType}.`)
  const body = await nodeView(env.incoming).body(longest)
  if (body.kind === 'too-large') throw new SojournError('body_too_large')
  const given = [...new URLSearchParams(body.kind === 'bytes' ? textOf(body.bytes) : '')]
  const names = given.map(([name]) => name)
  if (new Set(names).size < names.length)
    throw new OAuthFailure('invalid_request', 'A parameter is given more than once.')
  return new Map(given.filter(([, value]) => value !== ''))
}

function textOf(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch {
    throw new OAuthFailure('invalid_request', 'The form is not UTF-8.')
  }
}
