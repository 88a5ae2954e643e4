// JSON bodies: one object, in UTF-8, of at most 64 KiB, sent as application/json, with the members that are expected
// and no others. A body that a form of another site could send is not among them.

import { SojournError } from '../core/errors.ts'
import type { RequestView } from './view.ts'

/** No body is longer. */
export const longestBody = 65_536

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The members of the body, each named in `members`; empty where there is no body. */
export async function readBody(
  view: RequestView,
  members: readonly string[],
  mediaTypes: readonly string[] = ['application/json'],
): Promise<Readonly<Record<string, unknown>>> {
  const length = view.header('content-length')
  if (length !== undefined && Number(length) > longestBody) throw new SojournError('body_too_large')
  const body = await view.body(longestBody)
  if (body.kind === 'too-large') throw new SojournError('body_too_large')
  if (body.kind === 'bytes' && body.bytes.length === 0) return {}
  if (!isOneOf(mediaTypes, view.header('content-type')))
    throw new SojournError('media_type_unsupported', { detail: `Send ${mediaTypes.join(' or ')}.` })
  const value = body.kind === 'parsed' ? body.value : parse(body.bytes)
  if (value === undefined) {
    throw new SojournError('body_malformed', {
      detail: 'The body was read before Sojourn could, and nothing is left of it.',
    })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new SojournError('body_malformed', { detail: 'The body must be one JSON object.' })
  }
  const unknown = Object.keys(value).filter((name) => !members.includes(name))
  if (unknown.length > 0) {
    const names = unknown.slice(0, 8).map((name) => JSON.stringify(name.slice(0, 40)))
    throw new SojournError('members_unknown', {
      detail: `The body has ${names.join(', ')}; it may have ${members.join(', ') || 'no members'}.`,
    })
  }
  return value as Readonly<Record<string, unknown>>
}

function isOneOf(mediaTypes: readonly string[], contentType: string | undefined): boolean {
  const [, type] = /^([^;\s]+)[ \t]*(;[ \t]*charset="?utf-8"?[ \t]*)?$/i.exec(contentType ?? '') ?? []
  return type !== undefined && mediaTypes.includes(type.toLowerCase())
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(bytes))
  } catch {
    throw new SojournError('body_malformed')
  }
}

/** A member that must be text, if it is there. */
export function textMember(body: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = Object.hasOwn(body, name) ? body[name] : undefined
  if (value === undefined || typeof value === 'string') return value
  throw new SojournError('members_unknown', { detail: `${name} must be text.` })
}
