// Bytes to a port and bytes back, for what no HTTP client would send.

import { connect } from 'node:net'

/**
 * Everything that comes back until the other side closes, until it has been silent for `patience` milliseconds, or until
 * a stream of events begins, which never ends by itself.
 */
export function sendRaw(port: number, bytes: string | Uint8Array, patience = 10_000): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    let text = ''
    const end = (): void => {
      socket.destroy()
      resolve(text)
    }
    socket.setEncoding('latin1').setTimeout(patience, end)
    socket.on('data', (chunk: string) => {
      text += chunk
      if (/^content-type: text\/event-stream.*\r\n\r\n/ims.test(text)) end()
    })
    socket.on('error', end).on('close', end)
    socket.write(bytes)
  })
}

/** The status of the first answer in a text; 0 if there is none. */
export function statusOf(text: string): number {
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0)
}
