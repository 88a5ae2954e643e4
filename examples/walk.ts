// Starts an example as its reader would, and walks through it: visitor, sign-in, a page for one role only, sign-out.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { testClient, type TestClient, type Told } from 'sojourn/testing'

export interface Started {
  readonly url: string
  readonly stop: () => Promise<void>
}

/** Starts a program that serves on the port in `PORT`, 0 for a free one, and prints its address. */
export async function start(
  program: string,
  words: readonly string[],
  options: { readonly cwd?: string; readonly env?: Record<string, string> } = {},
): Promise<Started> {
  const env = { ...process.env, NODE_ENV: 'development' as const, PORT: '0', ...options.env }
  const child = spawn(program, words, { ...options, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(child, 'close')
  const said: string[] = []
  const url = new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface(stream).on('line', (line) => {
        said.push(line)
        const [address] = /http:\/\/(127\.0\.0\.1|localhost):\d+/.exec(line) ?? []
        if (address !== undefined) resolve(address.replace('localhost', '127.0.0.1'))
      })
    }
    ended.then(
      () => reject(new Error(`${program} ${words.join(' ')} has ended:\n${said.join('\n')}`)),
      reject,
    )
  })
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL')
    await ended
  }
  return { url: await url, stop }
}

export const usualPaths = { signIn: '/sign-in', me: '/me', admin: '/admin', signOut: '/sign-out' }

/** Starts `src/main.ts` of an example on Node, walks through it, and stops it. */
export async function walkOnNode(test: string, paths = usualPaths): Promise<readonly string[]> {
  const example = await start(process.execPath, ['src/main.ts'], { cwd: `${test}/..` })
  try {
    return await walk(example.url, paths)
  } finally {
    await example.stop()
  }
}

/**
 * Does what a visitor, a member and an admin would do, and fails where an answer is not what they should get. Resolves
 * to whom the application has known on the way.
 */
export async function walk(url: string, paths = usualPaths): Promise<readonly string[]> {
  const { host } = new URL(url)
  const browser = testClient({ url, host, isSecure: false })
  const expect = async (status: number, method: string, path: string, json?: unknown): Promise<Told> => {
    const told = await browser.ask(method, path, json === undefined ? {} : { json })
    assert.equal(told.status, status, `${method} ${path}: ${told.text}`)
    return told
  }
  try {
    await expect(401, 'GET', paths.me)
    await expect(401, 'POST', paths.signIn, { name: 'ben', password: 'wrong' })
    await signIn('ben')
    const member = await whoAmI()
    await expect(403, 'GET', paths.admin)
    await signIn('anna')
    const admin = await whoAmI()
    await expect(200, 'GET', paths.admin)
    await leave(browser)
    await expect(401, 'GET', paths.me)
    return [member, admin]
  } finally {
    browser.close()
  }

  async function signIn(name: string): Promise<void> {
    await expect(200, 'POST', paths.signIn, { name, password: `${name} likes tea` })
    await browser.useCsrfToken()
  }

  async function whoAmI(): Promise<string> {
    const { text } = await expect(200, 'GET', paths.me)
    return /"subject":"(\w+)"/.exec(text)?.[1] ?? ''
  }

  async function leave(client: TestClient): Promise<void> {
    const stranger = { headers: { 'sec-fetch-site': 'cross-site' }, json: {} }
    assert.equal((await client.ask('POST', paths.signOut, stranger)).status, 403)
    const { status } = await client.ask('POST', paths.signOut, { json: {} })
    assert.ok(status === 200 || status === 204, `signing out gave ${status}`)
    assert.equal(client.cookies.size, 0)
  }
}
