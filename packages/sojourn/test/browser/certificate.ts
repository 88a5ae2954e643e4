// A certificate for the length of a test, and the one thing that a browser has to be told so that it trusts exactly it.

import { execFileSync } from 'node:child_process'
import { createHash, X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Certificate {
  readonly key: string
  readonly cert: string
  /** SHA-256 of its public key, as Chromium wants it. */
  readonly pin: string
}

export function makeCertificate(hosts: readonly string[]): Certificate {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-certificate-'))
  const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const names = hosts.map((host) => `DNS:${host}`).join(',')
  try {
    const words = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -keyout key.pem -out cert.pem`
    execFileSync(
      'openssl',
      [...words.split(' '), '-subj', '/CN=sojourn test', '-addext', `subjectAltName=${names}`],
      { cwd: folder, stdio: 'ignore' },
    )
    const cert = readFileSync(certFile, 'utf8')
    const publicKey = new X509Certificate(cert).publicKey.export({ type: 'spki', format: 'der' })
    const pin = createHash('sha256').update(publicKey).digest('base64')
    return { key: readFileSync(keyFile, 'utf8'), cert, pin }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
