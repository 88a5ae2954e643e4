// `If-Match` (RFC 9110 §13.1.1): a change is made only to what its author has seen. The entity tag of a session is its
// version.

import { SojournError } from 'sojourn'

export function entityTag(version: number): string {
  return `"${version}"`
}

/** Whether the header allows a change of this version. Weak tags match nothing; throws `request_malformed`. */
export function matches(header: string | undefined, version: number): boolean {
  if (header === undefined || header.trim() === '*') return true
  const tags = header.split(',').map((tag) => tag.trim())
  if (header.length > 1024 || !tags.every((tag) => /^(W\/)?"[\x21\x23-\x7e]*"$/.test(tag)))
    throw new SojournError('request_malformed', { detail: 'If-Match must be * or entity tags such as "3".' })
  return tags.includes(entityTag(version))
}
