// Two environments with one secret on one store.

import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { run } from './support/command.ts'
import { apiKey, issuer, secret, startServer, temporaryFolder } from './support/server.ts'

let folder: ReturnType<typeof temporaryFolder>
beforeEach(() => {
  folder = temporaryFolder()
})
afterEach(() => folder.remove())

const on = (environment: string) => ({
  store: `sqlite:${join(folder.path, 'sojourn.db')}`,
  home: folder.path,
  environment,
})

const command = (environment: string, ...args: string[]) =>
  run(args, {
    folder: folder.path,
    variables: {
      SOJOURN_STORE: 'sqlite:sojourn.db',
      SOJOURN_HOME: folder.path,
      SOJOURN_ISSUER: issuer,
      SOJOURN_SECRETS: secret,
      SOJOURN_API_KEY: apiKey,
      SOJOURN_ENVIRONMENT: environment,
    },
  })

describe('a secret of another environment of the store', () => {
  it('keeps the server from starting, and it says what to do; with a secret of its own it starts', async () => {
    await (await startServer({ said: on('production') })).stop()
    await (await startServer({ said: on('production') })).stop()
    await expect(startServer({ said: on('staging') })).rejects.toThrow(
      'belongs to the environment "production" in this store, and this is "staging"',
    )
    const other = 'Zk3vQ8nX1rT6yW0bM5cJ9hL2pS7dF4gA_uE-iOoRtYs'
    await (await startServer({ said: { ...on('staging'), secrets: other } })).stop()
  })

  it('is found by the doctor, and taken over where the environment was renamed', async () => {
    await (await startServer({ said: on('staging') })).stop()
    const doctor = await command('testing', 'doctor', '--json')
    expect(doctor.stdout).toContain('as that of the environment')
    const careful = await command('testing', 'keys', 'claim')
    expect([careful.status, careful.stderr]).toEqual([2, expect.stringContaining('--yes')])
    expect(await command('testing', 'keys', 'claim', '--yes')).toMatchObject({ status: 0 })
    expect(await command('testing', 'keys', 'claim')).toMatchObject({ status: 0 })
    expect((await command('testing', 'doctor', '--json')).stdout).not.toContain('as that of the environment')
    await (await startServer({ said: on('testing') })).stop()
    await expect(startServer({ said: on('staging') })).rejects.toThrow('belongs to the environment "testing"')
  })
})
