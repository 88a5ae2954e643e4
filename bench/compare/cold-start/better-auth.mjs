const began = performance.now()
const { betterAuth } = await import('better-auth')
const { memoryAdapter } = await import('better-auth/adapters/memory')
const password = { hash: async (text) => text, verify: async () => true }
const auth = betterAuth({
  database: memoryAdapter({ user: [], session: [], account: [], verification: [] }),
  secret: 'c29tZXRoaW5nIHRoYXQgaGFzIHRoaXJ0eS10d28gYnl0ZXM',
  baseURL: 'http://app.example',
  emailAndPassword: { enabled: true, password },
  telemetry: { enabled: false },
  logger: { disabled: true },
})
const body = { email: 'somebody@app.example', name: 'somebody', password: 'a password that is long enough' }
const { headers } = await auth.api.signUpEmail({ body, returnHeaders: true })
const cookie = headers.getSetCookie().map((line) => line.split(';')[0])
const session = await auth.api.getSession({ headers: new Headers({ cookie: cookie.join('; ') }) })
const took = performance.now() - began
if (session?.user.name !== 'somebody') throw new Error('Nobody is there')
console.log(took)
process.exit()
