// The ways to run the server, as far as they can be tried without a container engine: what would be in the image is made
// and started as it says; the files for others are read, and name only settings and routes that there are.

import { execFileSync, spawnSync } from 'node:child_process'
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'

import { afterAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'

import { rowOf, settingNames } from '../packages/server/src/settings-table.ts'
import { freePort } from '../tools/free-port.ts'
import { has } from '../tools/services.mjs'

const root = join(import.meta.dirname, '..')
const deploy = (file: string): string => readFileSync(join(root, 'deploy', file), 'utf8')
const known = new Set(['NODE_ENV', ...settingNames.map((name) => rowOf(name).variable)])
const folder = mkdtempSync(join(tmpdir(), 'sojourn-deploy-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const isVariable = (name: string): boolean => known.has(name)

describe('the image', () => {
  const dockerfile = deploy('Dockerfile')
  const settings = Object.fromEntries(
    /^ENV (.*)$/m
      .exec(dockerfile)![1]!
      .split(' ')
      .map((pair) => pair.split('=') as [string, string]),
  )

  it('sets only settings that there are', () => {
    expect(Object.keys(settings).filter((name) => !isVariable(name))).toEqual([])
  })

  it('holds what is published, and starts, answers its health check, signs in and stops as it says', async () => {
    const app = join(folder, 'app')
    mkdirSync(app)
    mkdirSync(join(folder, 'data'))
    execFileSync('node', ['tools/pack.ts'], { cwd: root, stdio: 'pipe' })
    const [, install] = /^RUN (npm install .*)$/m.exec(dockerfile)!
    execFileSync('sh', ['-c', install!.replaceAll('/build/', `${root}/`)], { cwd: app, stdio: 'pipe' })
    const [, words] = /^CMD (\[.*\])$/m.exec(dockerfile)!
    const [program, ...args] = (JSON.parse(words!) as string[]).map((word) =>
      word.replace('/app/', `${app}/`),
    )

    const port = String(await freePort())
    const variables = {
      PATH: process.env['PATH'],
      ...Object.fromEntries(
        Object.entries(settings).map(([name, value]) => [name, value.replace('/data', join(folder, 'data'))]),
      ),
      SOJOURN_HOST: '127.0.0.1',
      SOJOURN_PORT: port,
      SOJOURN_ISSUER: 'https://app.example',
      SOJOURN_SECRETS: 'mZfLYMji8GB5nStkWjlmm57_aeb1-MB5uQuk8yB8REs',
      SOJOURN_API_KEY: 'sk_test-of-the-image-0123456789-0123456789',
      SOJOURN_TRUSTED_PROXIES: '127.0.0.1',
    }
    const server = spawn(program!, args, { cwd: folder, env: variables, stdio: ['ignore', 'ignore', 'pipe'] })
    try {
      await said(server, 'Sojourn is serving')
      const check = /CMD (\["node", "-e".*\])$/m.exec(dockerfile)![1]!
      const [, ...script] = JSON.parse(check) as string[]
      const environment = { ...process.env, SOJOURN_PORT: port }
      expect(spawnSync(process.execPath, script, { env: environment }).status).toBe(0)
      const answer = await fetch(`http://127.0.0.1:${port}/v1/sessions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${variables.SOJOURN_API_KEY}`, 'content-type': 'application/json' },
        body: JSON.stringify({ subject: 'ada', profile: 'bearer' }),
      })
      expect(answer.status).toBe(201)
      await answer.arrayBuffer()
    } finally {
      server.kill(/^STOPSIGNAL (\w+)$/m.exec(dockerfile)![1] as NodeJS.Signals)
    }
    expect((await once(server, 'exit'))[0]).toBe(0)
  }, 180_000)

  it('A117 comes with a bill of materials: all that it holds, each by its hash', () => {
    execFileSync('node', ['tools/sbom.ts'], { cwd: root, stdio: 'pipe' })
    const { bomFormat, components } = JSON.parse(
      readFileSync(join(root, '.packed/sbom.cdx.json'), 'utf8'),
    ) as { bomFormat: string; components: { name: string; hashes?: object[] }[] }
    expect(bomFormat).toBe('CycloneDX')
    const installed = globSync(['*/package.json', '@*/*/package.json'], {
      cwd: join(folder, 'app/node_modules'),
    })
    expect(components.map(({ name }) => name).sort()).toEqual(installed.map((file) => dirname(file)).sort())
    expect(components.filter(({ hashes = [] }) => hashes.length === 0)).toEqual([])
  }, 180_000)
})

async function said(server: ChildProcess, text: string): Promise<void> {
  let all = ''
  for await (const chunk of server.stderr!) {
    all += String(chunk)
    if (all.includes(text)) return
  }
  throw new Error(`The server ended: ${all}`)
}

describe('the compose file', () => {
  it('names settings that there are, demands the secrets, and lets Redis forget nobody', () => {
    const { services } = parse(deploy('compose.yaml'), { merge: true }) as {
      services: Record<string, { environment?: Record<string, string>; command?: string }>
    }
    const nodes = Object.values(services).flatMap(({ environment }) => (environment ? [environment] : []))
    expect(nodes).toHaveLength(2)
    for (const environment of nodes) {
      expect(Object.keys(environment).filter((name) => !isVariable(name))).toEqual([])
      for (const name of ['SOJOURN_SECRETS', 'SOJOURN_API_KEY', 'SOJOURN_ISSUER'])
        expect(environment[name]).toMatch(/^\$\{\w+:\?/)
    }
    expect(services['redis']?.command).toContain('noeviction')
  })
})

describe('the systemd unit', () => {
  it('sets only settings that there are, and keeps what it makes to itself', () => {
    const unit = deploy('sojourn.service')
    const names = [...unit.matchAll(/(\w+)=[^\s=]*/g)].map(([, name]) => name!)
    expect(names.filter((name) => name.startsWith('SOJOURN_') && !isVariable(name))).toEqual([])
    expect(unit).toMatch(/^StateDirectoryMode=0700$/m)
  })

  it.skipIf(!has('systemd'))('is one to systemd', () => {
    const { status, stderr } = spawnSync(
      'systemd-analyze',
      ['verify', join(root, 'deploy/sojourn.service')],
      {
        encoding: 'utf8',
      },
    )
    expect([status, stderr]).toEqual([0, ''])
  })
})

describe('the Helm chart', () => {
  const template = (name: string): unknown => {
    const text = deploy(`helm/sojourn/templates/${name}.yaml`)
    const lines = text.split('\n').filter((line) => !/^\s*\{\{-? (range|end)\b|\$value/.test(line))
    const filled = lines.join('\n').replaceAll(/\{\{-? toYaml.*\}\}/g, '{}')
    return parse(filled.replaceAll(/\{\{.*?\}\}/g, 'filled-in'))
  }

  it('is YAML, asks for routes that there are, and runs as nobody', () => {
    const deployment = template('deployment') as {
      spec: { template: { spec: { securityContext: object; containers: Record<string, unknown>[] } } }
    }
    const { securityContext, containers } = deployment.spec.template.spec
    expect(securityContext).toMatchObject({ runAsNonRoot: true })
    const [{ env, livenessProbe, readinessProbe } = {}] = containers
    expect((env as { name: string }[]).map(({ name }) => name).filter((name) => !isVariable(name))).toEqual(
      [],
    )
    expect(livenessProbe).toEqual({ httpGet: { path: '/livez', port: 'http' } })
    expect(readinessProbe).toMatchObject({ httpGet: { path: '/readyz', port: 'http' } })
    for (const name of ['service', 'pod-disruption-budget'])
      expect(template(name)).toMatchObject({ kind: expect.any(String) as string })
    const values = parse(deploy('helm/sojourn/values.yaml')) as object
    const used = [...deploy('helm/sojourn/templates/deployment.yaml').matchAll(/\.Values\.(\w+)/g)].map(
      ([, name]) => name!,
    )
    expect(used.filter((name) => !(name in values))).toEqual([])
  })
})
