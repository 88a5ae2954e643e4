// TLS by the server itself, for where no proxy speaks it. Certificate and key are files, read at the start and again on
// SIGHUP, so that a renewed certificate needs no restart. A renewal that cannot be read changes nothing.

import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https'
import { createSecureContext } from 'node:tls'

import type { Logger } from 'pino'

import { SettingsError } from '../settings.ts'

export interface TlsFiles {
  readonly cert: string
  readonly key: string
}

interface Limits {
  readonly maxHeaderSize: number
  readonly headersTimeout: number
  readonly requestTimeout: number
}

/** A server for requests that are within these limits; with files it speaks TLS 1.2 and 1.3 only. */
export function newServer(limits: Limits, files: TlsFiles | undefined, log: Logger): Server {
  const how = { ...limits, requireHostHeader: false, connectionsCheckingInterval: 500 }
  if (!files) return createServer(how)
  const server = createSecureServer({ ...how, ...readTls(files), minVersion: 'TLSv1.2' })
  reloadOnSignal(server, files, log)
  return server
}

function readTls({ cert, key }: TlsFiles): { readonly cert: Buffer; readonly key: Buffer } {
  try {
    const read = { cert: readFileSync(cert), key: readFileSync(key) }
    createSecureContext(read)
    return read
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new SettingsError([`SOJOURN_TLS_CERT and SOJOURN_TLS_KEY cannot be used: ${reason}`])
  }
}

function reloadOnSignal(server: SecureServer, files: TlsFiles, log: Logger): void {
  const reload = (): void => {
    try {
      server.setSecureContext({ ...readTls(files), minVersion: 'TLSv1.2' })
      log.info('the certificate was read again')
    } catch (error) {
      log.error(
        { reason: error instanceof Error ? error.message : String(error) },
        'the certificate stays as it was',
      )
    }
  }
  process.on('SIGHUP', reload)
  server.on('close', () => process.off('SIGHUP', reload))
}
