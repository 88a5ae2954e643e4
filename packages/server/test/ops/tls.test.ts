import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { has } from '../../../../tools/services.mjs'
import { startServer, temporaryFolder, type TestServer } from '../support/server.ts'

describe.skipIf(!has('openssl') && process.env['CI'] !== 'true')('TLS without a proxy', () => {
  let folder: ReturnType<typeof temporaryFolder>
  let server: TestServer
  const file = (name: string): string => join(folder.path, name)

  beforeAll(async () => {
    folder = temporaryFolder()
    makeCertificate('one')
    makeCertificate('two')
    install('one')
    server = await startServer({
      said: {
        tlsCert: file('cert.pem'),
        tlsKey: file('key.pem'),
        trustedProxies: undefined,
        issuer: undefined,
      },
    })
  })
  afterAll(async () => {
    await server.stop()
    folder.remove()
  })

  function makeCertificate(name: string): void {
    const args = [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '2',
    ]
    const out = ['-keyout', file(`${name}.key`), '-out', file(`${name}.pem`)]
    const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=DNS:localhost']
    expect(spawnSync('openssl', [...args, ...out, ...subject], { encoding: 'utf8' })).toMatchObject({
      status: 0,
    })
  }

  function install(name: string): void {
    copyFileSync(file(`${name}.pem`), file('cert.pem'))
    copyFileSync(file(`${name}.key`), file('key.pem'))
  }

  /** Asks over TLS, believing both certificates; gives the status and whose certificate it was. */
  async function ask(
    path: string,
    more: object = {},
  ): Promise<{ status?: number | undefined; name?: unknown; version: string | null }> {
    const ca = [readFileSync(file('one.pem')), readFileSync(file('two.pem'))]
    const outgoing = request({ host: 'localhost', port: server.port, path, ca, agent: false, ...more })
    outgoing.end()
    const [response] = (await once(outgoing, 'response')) as [import('node:http').IncomingMessage]
    const socket = response.socket as TLSSocket
    const name: unknown = socket.getPeerCertificate().subject.CN
    const version = socket.getProtocol()
    response.resume()
    await once(response, 'end')
    return { status: response.statusCode, name, version }
  }

  it('R174 counts as HTTPS, with TLS 1.2 at least', async () => {
    expect(await ask('/session')).toEqual({ status: 401, name: 'one', version: 'TLSv1.3' })
    expect(server.url).toMatch(/^http/)
    await expect(ask('/livez', { minVersion: 'TLSv1', maxVersion: 'TLSv1.1' })).rejects.toThrow(/protocol/i)
  })

  it('takes a renewed certificate on SIGHUP, and keeps the old one if that is no good', async () => {
    install('two')
    process.emit('SIGHUP')
    expect((await ask('/livez')).name).toBe('two')
    writeFileSync(file('cert.pem'), 'nonsense')
    process.emit('SIGHUP')
    expect((await ask('/livez')).name).toBe('two')
  })

  it('does not start with files that are no good, and says which', async () => {
    const said = { tlsCert: file('cert.pem'), tlsKey: file('nowhere.pem') }
    await expect(startServer({ said })).rejects.toThrow('SOJOURN_TLS_CERT and SOJOURN_TLS_KEY cannot be used')
  })

  it.each([
    [{ tlsCert: 'a' }, 'tlsKey'],
    [{ tlsKey: 'a' }, 'tlsCert'],
  ])('%j alone is refused', async (said, missing) => {
    await expect(startServer({ said })).rejects.toThrow(new RegExp(`${missing}|SOJOURN_TLS`, 'i'))
  })
})
