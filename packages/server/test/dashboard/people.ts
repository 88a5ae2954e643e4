// People at work on a server: many who are signed in, some who go on refreshing, and one whose token was copied.

import { setTimeout as pause } from 'node:timers/promises'

import type { TestServer } from '../support/server.ts'
import { signInPerson } from './support.ts'

const names = [
  'ada',
  'grace',
  'linus',
  'barbara',
  'edsger',
  'radia',
  'donald',
  'margaret',
  'ken',
  'frances',
  'alan',
  'katherine',
]
const agents = [
  'Mozilla/5.0 (X11; Linux x86_64; rv:147.0) Gecko/20100101 Firefox/147.0',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Safari/605.1.15',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Linux; Android 16; Pixel 10) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Mobile Safari/537.36',
  'backup-agent/2.4 (+https://app.example/backup)',
]
const tenants = ['acme', 'globex', 'initech', undefined]

export interface AtWork {
  /** The session of somebody who is refreshing. */
  readonly busy: string
  /** The session that was ended because its token was copied. */
  readonly robbed: string
  stop(): void
}

const people = 320

/** Signs them in, lets one be robbed, and lets the others go on until `stop` is called. */
export async function peopleAtWork(server: TestServer): Promise<AtWork> {
  const sessions: { id: string; token: string }[] = []
  for (let number = 0; number < people; number++) {
    const name = names[number % names.length] ?? ''
    const subject = number < names.length * 2 ? name : `${name}.${number}@app.example`
    const tenant = tenants[number % tenants.length]
    const { id, refreshToken } = await signInPerson(server, subject, {
      profile: number % 3 === 0 ? 'cookie' : 'bearer',
      amr: number % 2 === 0 ? ['pwd', 'otp'] : ['hwk', 'user'],
      claims: { role: number % 7 === 0 ? 'admin' : 'member', plan: 'team' },
      data: { cart: ['book'], locale: 'en' },
      device: { userAgent: agents[number % agents.length], ip: `198.51.100.${number % 250}` },
      ...(tenant === undefined ? {} : { tenant }),
    })
    sessions.push({ id, token: refreshToken })
  }
  const client = server.client()
  const refresh = async (token: string): Promise<string | undefined> => {
    const told = await client.ask('POST', '/session/refresh', { json: { refreshToken: token } })
    return told.status === 200 ? String(told.json()['refreshToken']) : undefined
  }
  const robbed = sessions[1]!
  const second = (await refresh(robbed.token)) ?? ''
  await refresh(second)
  // The thief comes with the copy when the overlap is over.
  await pause(1200)
  await refresh(robbed.token)
  const busy = sessions[13]!
  await server.backend('PATCH', `/v1/sessions/${busy.id}`, { json: { claims: { role: 'owner' } } })
  const stopped = new AbortController()
  const goOn = async (): Promise<void> => {
    for (let turn = 0; !stopped.signal.aborted; turn++) {
      const one = turn % 5 === 0 ? busy : sessions[1 + ((turn * 7) % (people - 1))]!
      one.token = (await refresh(one.token)) ?? one.token
      if (turn % 9 === 0)
        await signInPerson(server, names[turn % names.length] ?? 'ada', {
          device: { userAgent: agents[turn % agents.length] },
        })
      if (turn % 23 === 0) await refresh('sj_nonsense')
      await pause(120)
    }
  }
  const going = goOn().catch(() => {})
  return {
    busy: busy.id,
    robbed: robbed.id,
    stop() {
      stopped.abort()
      void going
    },
  }
}
