// Asks a server as fast as it answers, over some connections, one request after the other on each. Does next to nothing
// for a request, so that the server is the one that is busy: an answer of the length and status of the first is taken
// for the same, and anything else is an error.

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export class Driver {
  readonly #port: number
  readonly #requests: readonly Buffer[]
  #sockets: readonly Socket[] = []
  #next = 0
  #length = 0

  constructor(port: number, requests: readonly string[]) {
    this.#port = port
    this.#requests = requests.map((text) => Buffer.from(text, 'latin1'))
  }

  /** Opens the connections anew: servers close what has been idle while others were asked. */
  async open(connections: number): Promise<void> {
    this.close()
    this.#sockets = await Promise.all(
      Array.from({ length: connections }, async () => {
        const socket = connect(this.#port, '127.0.0.1')
          .setNoDelay(true)
          .on('error', () => {})
        await once(socket, 'connect')
        return socket
      }),
    )
    this.#length = await this.#lengthOfOne(this.#sockets[0]!)
  }

  /** Asks for so many milliseconds; gives how many answers there were. */
  async drive(span: number): Promise<number> {
    const until = performance.now() + span
    const counts = await Promise.all(this.#sockets.map((socket) => this.#driveOne(socket, until)))
    return counts.reduce((sum, count) => sum + count, 0)
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  // Everybody's answer has the same length: names of people do, and so do dates.
  async #lengthOfOne(socket: Socket): Promise<number> {
    socket.write(this.#requests[0]!)
    let answer = ''
    for (;;) {
      const [chunk] = (await once(socket, 'data')) as [Buffer]
      answer += chunk.toString('latin1')
      const end = answer.indexOf('\r\n\r\n') + 4
      if (end < 4) continue
      const length = /\r\ncontent-length: (\d+)/i.exec(answer)?.[1]
      if (length === undefined ? answer.endsWith('\r\n0\r\n\r\n') : answer.length >= end + Number(length))
        return answer.length
    }
  }

  #driveOne(socket: Socket, until: number): Promise<number> {
    return new Promise((resolve, reject) => {
      let [received, count] = [0, 0]
      const take = (chunk: Buffer): void => {
        if (received === 0 && chunk.toString('latin1', 9, 12) !== '200')
          return end(new Error(chunk.toString('latin1')))
        received += chunk.length
        if (received < this.#length) return
        if (received > this.#length)
          return end(new Error(`An answer of ${received} bytes, not ${this.#length}`))
        received = 0
        count++
        if (performance.now() < until) this.#ask(socket)
        else end()
      }
      const end = (error?: Error): void => {
        socket.off('data', take).off('close', cut)
        if (error) reject(error)
        else resolve(count)
      }
      const cut = (): void => reject(new Error('The server has closed a connection'))
      socket.on('data', take).once('close', cut)
      this.#ask(socket)
    })
  }

  #ask(socket: Socket): void {
    socket.write(this.#requests[this.#next++ % this.#requests.length]!)
  }
}
