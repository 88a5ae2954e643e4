// Listening, and saying in a sentence why it did not work.

import type { Server } from 'node:http'

interface Place {
  readonly host: string
  readonly port: number
}

/** Resolves once the server listens; rejects with what to do about it. */
export async function listen(server: Server, place: Place): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(place.port, place.host, () => {
        server.off('error', reject)
        resolve()
      })
    })
  } catch (cause) {
    throw new Error(reasonOf(cause, place), { cause })
  }
}

function reasonOf(cause: unknown, { host, port }: Place): string {
  const code = (cause as NodeJS.ErrnoException).code
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} on ${host} is in use. Stop what listens there, or choose another with --port (SOJOURN_PORT).`
    case 'EACCES':
      return `This user may not listen on port ${port}. Choose one from 1024 with --port (SOJOURN_PORT).`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EINVAL':
      return `${host} is no address of this machine. Choose another with --host (SOJOURN_HOST).`
    default:
      return `Cannot listen on ${host}, port ${port}: ${cause instanceof Error ? cause.message : String(cause)}`
  }
}

/** Where somebody at this machine finds the server. */
export function originOf(scheme: 'http' | 'https', host: string, port: number): string {
  const isEverywhere = ['127.0.0.1', '0.0.0.0', '::'].includes(host)
  return `${scheme}://${isEverywhere ? 'localhost' : host.includes(':') ? `[${host}]` : host}:${port}`
}
