// Keeping tabs in step: each tells the others what it has heard from the server. There is no lock and no leader, nothing
// is stored, and a message decides nothing that the server would not confirm: it says that a session is over, how long
// one still lasts, or that there is another one to ask about. No credential is in it.
//
// A tab that was frozen hears late, so a message says when it was sent; all tabs share the clock of the device.

import type { Channel, Platform } from './platform.ts'
import { isRecord } from './problem.ts'
import { isSpan, type SignOutReason } from './session.ts'

export type TabNews =
  | {
      readonly kind: 'alive'
      readonly id: string
      readonly expiresIn: number
      readonly idleExpiresIn: number
      /** Milliseconds since it was true. */
      readonly age: number
    }
  | { readonly kind: 'over'; readonly id: string; readonly reason: SignOutReason }

type Outgoing<News = TabNews> = News extends TabNews ? Omit<News, 'age'> : never

const reasons: ReadonlySet<unknown> = new Set<SignOutReason>([
  'signed_out',
  'idle',
  'absolute',
  'reused',
  'ended',
])

export class Tabs {
  readonly #platform: Platform
  readonly #channel: Channel | undefined

  constructor(platform: Platform, name: string, hear: (news: TabNews) => void) {
    this.#platform = platform
    this.#channel = platform.openChannel(name, (message) => {
      const news = this.#read(message)
      if (news) hear(news)
    })
  }

  tell(news: Outgoing): void {
    this.#channel?.send({ ...news, sentAt: this.#platform.wall() })
  }

  close(): void {
    this.#channel?.close()
  }

  // Another version of the application may be open in another tab: what is not understood is not heard.
  #read(data: unknown): TabNews | undefined {
    if (!isRecord(data) || typeof data['id'] !== 'string' || typeof data['sentAt'] !== 'number')
      return undefined
    const { kind, id, sentAt, reason, expiresIn, idleExpiresIn } = data
    if (kind === 'over' && reasons.has(reason)) return { kind, id, reason: reason as SignOutReason }
    if (kind !== 'alive' || !isSpan(expiresIn) || !isSpan(idleExpiresIn)) return undefined
    return { kind, id, expiresIn, idleExpiresIn, age: Math.max(0, this.#platform.wall() - sentAt) }
  }
}
