// The proxy breaks exactly what it says, and nothing when it is told to do nothing.

import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { startProxy, type Proxy } from '../proxy.ts'

interface Line {
  readonly socket: Socket
  said: string
  ended: boolean
}

function open(port: number): Line {
  const line: Line = { socket: connect({ host: '127.0.0.1', port }), said: '', ended: false }
  line.socket.on('data', (chunk: Buffer) => void (line.said += chunk.toString()))
  line.socket.on('error', () => {})
  line.socket.on('close', () => void (line.ended = true))
  return line
}

async function heard(line: Line, said: string): Promise<void> {
  await expect.poll(() => line.said, { interval: 5, timeout: 3000 }).toBe(said)
}

async function ended(line: Line): Promise<void> {
  await expect.poll(() => line.ended, { interval: 5, timeout: 3000 }).toBe(true)
}

const pass = (milliseconds: number): Promise<void> => new Promise((done) => setTimeout(done, milliseconds))

describe('the proxy', () => {
  const taken: Socket[] = []
  // Says everything twice.
  const server = createServer((socket) => {
    taken.push(socket)
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => void socket.write(Buffer.concat([chunk, chunk])))
  })
  let proxy: Proxy

  beforeEach(async () => {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    proxy = await startProxy((server.address() as { port: number }).port)
  })
  afterEach(async () => {
    await proxy.close()
    for (const socket of taken.splice(0)) socket.destroy()
    server.close()
    await once(server, 'close')
  })

  it('carries what is said, both ways', async () => {
    const line = open(proxy.port)
    line.socket.write('a')
    await heard(line, 'aa')
    line.socket.end()
    await ended(line)
    expect(taken).toHaveLength(1)
  })

  it('delays, and keeps the order', async () => {
    const line = open(proxy.port)
    line.socket.write('1')
    await heard(line, '11')
    proxy.delay(200)
    const began = performance.now()
    line.socket.write('2')
    await expect.poll(() => proxy.held, { interval: 1, timeout: 3000 }).toBe(1)
    proxy.delay(0)
    line.socket.write('3')
    await expect.poll(() => line.said, { interval: 5 }).toHaveLength(6)
    expect(line.said).toMatch(/^11(2233|2323)$/)
    expect(performance.now() - began).toBeGreaterThan(190)
  })

  it('goes silent, also for new connections, and then brings everything', async () => {
    const line = open(proxy.port)
    proxy.pause()
    const other = open(proxy.port)
    line.socket.write('a')
    other.socket.write('b')
    await pass(60)
    expect([line.said, other.said, line.ended, other.ended]).toEqual(['', '', false, false])
    proxy.resume()
    await heard(line, 'aa')
    await heard(other, 'bb')
  })

  it('cuts all connections, and lets nobody in until it is mended', async () => {
    const line = open(proxy.port)
    proxy.cut()
    await ended(line)
    const refused = open(proxy.port)
    await ended(refused)
    proxy.mend()
    const again = open(proxy.port)
    again.socket.write('a')
    await heard(again, 'aa')
    expect([line.said, refused.said]).toEqual(['', ''])
  })

  it('leaves one side with a connection that leads nowhere', async () => {
    const line = open(proxy.port)
    line.socket.write('a')
    await heard(line, 'aa')
    proxy.halfOpen()
    line.socket.write('b')
    await expect.poll(() => taken[0]!.destroyed, { interval: 5 }).toBe(true)
    await pass(30)
    expect([line.said, line.ended]).toEqual(['aa', false])
    const fresh = open(proxy.port)
    fresh.socket.write('c')
    await heard(fresh, 'cc')
    proxy.bury()
    await ended(line)
    expect(fresh.ended).toBe(false)
  })
})
