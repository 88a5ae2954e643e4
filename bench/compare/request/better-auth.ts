// better-auth with sessions in memory, or wherever `options` says. Signing up would spend its time on a password that
// nobody asks about here, so the password is not hashed.

import { imported } from '../imported.ts'

interface Answer {
  readonly headers: Headers
  readonly response: { readonly user: { readonly email: string } } | null
}

interface Auth {
  readonly api: {
    signUpEmail(ask: object): Promise<Answer>
    getSession(ask: object): Promise<Answer>
  }
  readonly $context: Promise<{ runMigrations(): Promise<void> }>
}

export interface BetterAuth {
  /** The `Set-Cookie` lines of a new session. */
  signIn(name: string): Promise<readonly string[]>
  /** Who a Cookie header says is there. */
  subject(cookie: string | undefined): Promise<string | undefined>
}

export async function betterAuth(options: object): Promise<BetterAuth> {
  const { betterAuth: make } = await imported<{ betterAuth(options: object): Auth }>('better-auth')
  const auth = make({
    database: await inMemory(),
    secret: 'c29tZXRoaW5nIHRoYXQgaGFzIHRoaXJ0eS10d28gYnl0ZXM',
    baseURL: 'http://app.example',
    emailAndPassword: {
      enabled: true,
      password: { hash: async (text: string) => text, verify: async () => true },
    },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: { disabled: true },
    ...options,
  })
  if ('database' in options) await (await auth.$context).runMigrations()
  return {
    async signIn(name) {
      const body = { email: `${name}@app.example`, name, password: 'a password that is long enough' }
      const { headers } = await auth.api.signUpEmail({ body, returnHeaders: true })
      return headers.getSetCookie()
    },
    async subject(cookie) {
      const headers = new Headers(cookie === undefined ? {} : { cookie })
      const { response } = await auth.api.getSession({ headers, returnHeaders: true })
      return response?.user.email.split('@')[0]
    },
  }
}

async function inMemory(): Promise<unknown> {
  const { memoryAdapter } = await imported<{ memoryAdapter(tables: object): unknown }>(
    'better-auth/adapters/memory',
  )
  return memoryAdapter({ user: [], session: [], account: [], verification: [] })
}
