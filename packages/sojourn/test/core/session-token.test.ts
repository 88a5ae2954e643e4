import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { requireKeys } from '../../src/core/secrets.ts'
import {
  anonymousOwner,
  issueSessionToken,
  newSecret,
  ownerOf,
  readSessionToken,
  sessionIdOf,
  sessionTokenLength,
} from '../../src/core/session-token.ts'
import { systemRandom } from '../../src/core/system.ts'
import { base64urlAlphabet, editsOf, issuer, keysFor, secret } from '../support/secrets.ts'

const random = systemRandom()
const keys = keysFor()
const owner = ownerOf(issuer, 'alice')
const anyGeneration = fc.integer({ min: 0, max: 0xffff_ffff })

describe('a session token', () => {
  it('is read back by whoever has the secret: its session and its generation', () => {
    fc.assert(
      fc.property(anyGeneration, (generation) => {
        const of = newSecret(owner, random)
        const read = readSessionToken(issueSessionToken(of, generation, keys), keys)
        expect(read).toMatchObject({ generation, sessionId: sessionIdOf(of) })
      }),
    )
  })

  it('is 71 characters that begin with sj_, so that scanners find it', () => {
    const token = issueSessionToken(newSecret(owner, random), 0, keys)
    expect(token).toMatch(/^sj_[A-Za-z0-9_-]{68}$/)
    expect(token).toHaveLength(sessionTokenLength)
  })

  it('is the same whoever issues that generation, and another for the next one', () => {
    const of = newSecret(owner, random)
    expect(issueSessionToken(of, 7, keys)).toBe(issueSessionToken(of, 7, keysFor()))
    expect(issueSessionToken(of, 8, keys)).not.toBe(issueSessionToken(of, 7, keys))
  })

  it('gives its successor to whoever has read it', () => {
    const token = issueSessionToken(newSecret(owner, random), 7, keys)
    const read = readSessionToken(token, keys)!
    expect(issueSessionToken(read, read.generation, keys)).toBe(token)
    expect(readSessionToken(issueSessionToken(read, 8, keys), keys)?.sessionId).toBe(read.sessionId)
  })

  it('is refused after any edit of one character', () => {
    const token = issueSessionToken(newSecret(owner, random), 3, keys)
    for (let at = 0; at < token.length; at++) {
      for (const edited of editsOf(token, at, `${base64urlAlphabet}+/= \n\0.é`)) {
        expect(readSessionToken(edited, keys)).toBeUndefined()
      }
    }
  })

  it('is refused when characters are missing, added or exchanged', () => {
    const token = issueSessionToken(newSecret(owner, random), 3, keys)
    const padded = [
      `${token}=`,
      `${token}A`,
      ` ${token}`,
      `${token}\n`,
      token.toUpperCase(),
      `sj-${token.slice(3)}`,
    ]
    for (const text of ['', 'sj_', ...padded]) expect(readSessionToken(text, keys)).toBeUndefined()
    for (let length = 0; length < token.length; length++) {
      expect(readSessionToken(token.slice(0, length), keys)).toBeUndefined()
    }
  })

  it('is refused when put together from two good ones', () => {
    const one = issueSessionToken(newSecret(owner, random), 3, keys)
    const two = issueSessionToken(newSecret(owner, random), 3, keys)
    const spliced = Array.from(one, (_, at) => one.slice(0, at) + two.slice(at))
    for (const token of spliced.filter((text) => text !== one && text !== two)) {
      expect(readSessionToken(token, keys)).toBeUndefined()
    }
  })

  it('never throws, whatever text it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(readSessionToken(text, keys)).toBeUndefined()
      }),
    )
  })

  it('carries 192 random bits, so no two sessions share any of them', () => {
    const secrets = Array.from({ length: 2000 }, () => newSecret(owner, random))
    expect(secrets[0]!.secret).toHaveLength(24)
    for (const part of [0, 8, 16]) {
      const seen = new Set(
        secrets.map((of) => Buffer.from(of.secret.subarray(part, part + 8)).toString('hex')),
      )
      expect(seen.size).toBe(secrets.length)
    }
  })

  it('cannot be issued beyond the last generation that fits', () => {
    const of = newSecret(owner, random)
    expect(() => issueSessionToken(of, 0x1_0000_0000, keys)).toThrow(RangeError)
  })
})

describe('a session token and the secrets', () => {
  const of = newSecret(owner, random)

  it('made under an older secret is read as long as that secret is configured', () => {
    const old = issueSessionToken(of, 1, keysFor(1))
    expect(readSessionToken(old, keysFor(2, 1))?.sessionId).toBe(sessionIdOf(of))
    expect(readSessionToken(old, keysFor(2))).toBeUndefined()
  })

  it('is issued under the newest', () => {
    const token = issueSessionToken(of, 1, keysFor(2, 1))
    expect(token).toBe(issueSessionToken(of, 1, keysFor(2)))
    expect(readSessionToken(token, keysFor(1))).toBeUndefined()
  })

  it('is found among secrets whose marks are the same', () => {
    // The mark is one byte: among 300 secrets some must share theirs.
    const many = keysFor(...Array.from({ length: 300 }, (_, n) => n))
    const twins = many.filter((key, _, all) => all.filter(({ mark }) => mark === key.mark).length > 1)
    expect(twins.length).toBeGreaterThan(1)
    for (const twin of twins) {
      expect(readSessionToken(issueSessionToken(of, 1, [twin]), many)?.sessionId).toBe(sessionIdOf(of))
    }
  })

  it('means nothing to another issuer or environment with the same secret', () => {
    const token = issueSessionToken(of, 1, keys)
    const elsewhere = requireKeys([secret()], 'https://other.example', 'test')
    const staging = requireKeys([secret()], issuer, 'staging')
    expect(readSessionToken(token, elsewhere)).toBeUndefined()
    expect(readSessionToken(token, staging)).toBeUndefined()
  })
})

describe('a session id', () => {
  it('is 32 characters that begin as the name of its owner does', () => {
    const id = sessionIdOf(newSecret(owner, random))
    expect(id).toMatch(/^[A-Za-z0-9_-]{32}$/)
    expect(id.slice(0, 8)).toBe(owner.slice(0, 8))
  })

  it('shows no part of the secret', () => {
    const of = newSecret(owner, random)
    const id = Buffer.from(sessionIdOf(of), 'base64url')
    const shown = Buffer.from(of.secret)
    for (let at = 0; at + 4 <= 24; at++) expect(id.includes(shown.subarray(at, at + 4))).toBe(false)
  })

  it('is another for every session', () => {
    const ids = Array.from({ length: 2000 }, () => sessionIdOf(newSecret(owner, random)))
    expect(new Set(ids).size).toBe(ids.length)
  })
})

describe('the owner of entries', () => {
  it('is the same for a subject each time, and no two subjects or issuers share one', () => {
    const pairs = fc.tuple(fc.string(), fc.string({ minLength: 1 }))
    fc.assert(
      fc.property(pairs, pairs, ([issuerA, subjectA], [issuerB, subjectB]) => {
        const same = issuerA === issuerB && subjectA === subjectB
        expect(ownerOf(issuerA, subjectA) === ownerOf(issuerB, subjectB)).toBe(same)
      }),
    )
    expect(ownerOf('a', 'bc')).not.toBe(ownerOf('ab', 'c'))
  })

  it('does not show the subject', () => {
    expect(owner).toMatch(/^[A-Za-z0-9_-]{24}$/)
    expect(owner).not.toContain('alice')
  })

  it('is nobody else for an anonymous session', () => {
    const owners = Array.from({ length: 500 }, () => anonymousOwner(random))
    expect(new Set(owners.map((text) => text.slice(0, 8))).size).toBe(owners.length)
    expect(owners[0]).toHaveLength(owner.length)
  })
})
