// The thief. It gets a copy of the cookies that a browser has sent, in a jar of its own on this side of the wire, and
// makes real requests with it. The page holds a handle to the thief, never a token, and is told what the thief was
// answered, request by request.

import { randomBytes } from 'node:crypto'

import type { HttpBindings } from '@hono/node-server'
import { SojournError } from 'sojourn'

import { signedIn, type Caller } from './chain.ts'
import { hereOf, LoopbackClient, type Answered, type Here } from './loopback.ts'
import { digestOf, generationIn, readSetCookie } from './tokens.ts'

const thiefName = 'Thief/1.0'

const mostThieves = 16

/** What the page is told of a jar: nothing that signs in. */
export interface JarView {
  readonly digest: string | null
  readonly generation: number | null
}

export interface StepView {
  readonly method: string
  readonly path: string
  readonly status: number
  /** The code of the problem document, where it is one. */
  readonly code: string | null
  /** As whom the thief was answered. */
  readonly subject: string | null
  readonly told: readonly string[]
}

export class Thieves {
  readonly #thieves = new Map<string, LoopbackClient>()

  /** Copies the cookies that the caller's browser holds once it has this answer. */
  steal(caller: Caller): { readonly thief: string; readonly jar: JarView } {
    signedIn(caller)
    const { names } = caller.jar
    const { carried } = caller
    const copied = new Map<string, string>()
    if (carried.session !== undefined) copied.set(names.session, carried.session)
    if (carried.access !== undefined) copied.set(names.access, carried.access)
    for (const { name, value } of caller.reply.getCookies().map(readSetCookie)) copied.set(name, value)
    const thief = randomBytes(16).toString('base64url')
    const oldest = this.#thieves.keys().next()
    if (this.#thieves.size >= mostThieves && !oldest.done) this.#thieves.delete(oldest.value)
    const client = new LoopbackClient(thiefName, copied)
    this.#thieves.set(thief, client)
    return { thief, jar: jarView(client, caller) }
  }

  /** Lets a thief look around, or take the next session token. Throws `not_found` for one that is forgotten. */
  async act(caller: Caller, bindings: HttpBindings, thief: string, action: string): Promise<unknown> {
    const client = this.#thieves.get(thief)
    if (!client) throw new SojournError('not_found', { detail: 'There is no such thief any more.' })
    if (action !== 'look' && action !== 'refresh')
      throw new SojournError('members_unknown', { detail: `action must be "look" or "refresh".` })
    const here = hereOf(bindings)
    const steps = action === 'look' ? [await look(client, here)] : await refresh(client, here)
    return { steps: steps.map(stepView), jar: jarView(client, caller) }
  }
}

function look(client: LoopbackClient, here: Here): Promise<Answered> {
  return client.ask(here, 'GET', '/session')
}

// As a careful thief does it: is the loot still good, then the CSRF token, then the exchange.
async function refresh(client: LoopbackClient, here: Here): Promise<readonly Answered[]> {
  const looked = await look(client, here)
  if (looked.status !== 200) return [looked]
  const { answered, csrf } = await client.csrfToken(here)
  return [looked, answered, await client.ask(here, 'POST', '/session/refresh', { csrf })]
}

function stepView({ method, path, status, told, body }: Answered): StepView {
  const { code, session } = body as { code?: string; session?: { subject?: string } }
  return { method, path, status, told, code: code ?? null, subject: session?.subject ?? null }
}

function jarView(client: LoopbackClient, { jar: { names } }: Caller): JarView {
  const token = client.cookie(names.session)
  return {
    digest: token === undefined ? null : digestOf(token),
    generation: generationIn(client.cookie(names.access)) ?? null,
  }
}
