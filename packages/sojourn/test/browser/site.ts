// An Express application over HTTPS with the client in its pages, a sibling of it on the same site, and another site; and
// a real Chromium that finds all three on this machine. The clock of the server is the test's to set ahead.

import { createServer, type Server } from 'node:https'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import express from 'express'
import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
} from 'playwright-core'
import { WebSocketServer } from 'ws'

import { signedIn, sojournExpress } from '../../src/express.ts'
import { createSojourn, type Sojourn, type SojournEvent, type SojournOptions } from '../../src/index.ts'
import type { Facts } from '../../src/core/schema.ts'
import { memoryStore } from '../../src/memory.ts'
import { sojournUpgrade } from '../../src/node.ts'
import { secret } from '../support/secrets.ts'
import type { Certificate } from './certificate.ts'
import { makeCertificate } from './certificate.ts'

export const secretText = 'the secret of alice'

export interface Site {
  readonly sojourn: Sojourn
  readonly events: SojournEvent[]
  /** The application, its sibling on the same site, and a stranger. */
  readonly app: string
  readonly sibling: string
  readonly evil: string
  /** What somebody has done in the name of alice. */
  readonly notes: string[]
  /** What the stranger was told. */
  readonly leaked: { readonly path: string; readonly headers: IncomingMessage['headers'] }[]
  /** Breaks off the next answer to this path, before its head or in the middle of its body. */
  cut: { path: string; at: 'head' | 'body' } | undefined
  readonly passServer: (milliseconds: number) => void
  /** A page of the application, in a browser of its own or in another tab of one. */
  readonly open: (context?: BrowserContext) => Promise<Page>
  readonly newContext: (options?: BrowserContextOptions) => Promise<BrowserContext>
  readonly close: () => Promise<void>
}

export interface SiteOptions {
  /** Scripts by path. */
  readonly scripts: Readonly<Record<string, string>>
  /** Further options of its Sojourn. */
  readonly sojourn?: Pick<SojournOptions<Facts, Facts>, 'dpop'>
  /** Another application on the same origin, before this one. */
  readonly beside?: (app: express.Express, site: Site) => void
  /** Further routes of the application. */
  readonly routes?: (app: express.Express, site: Site) => void
}

const hosts = ['app.sojourn.test', 'sibling.sojourn.test', 'evil.example'] as const

export async function openSite({ sojourn: more = {}, ...options }: SiteOptions): Promise<Site> {
  const certificate = makeCertificate(hosts)
  let ahead = 0
  const events: SojournEvent[] = []
  const listeners: ((request: IncomingMessage, response: ServerResponse) => void)[] = []
  const server = createServer({ key: certificate.key, cert: certificate.cert }, (request, response) =>
    listeners[0]!(request, response),
  )
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const [app, sibling, evil] = hosts.map((host) => `https://${host}:${port}`) as [string, string, string]
  const sojourn = createSojourn({
    issuer: app,
    secrets: [secret()],
    environment: 'test',
    store: memoryStore(),
    clock: () => Date.now() + ahead,
    listeners: [(event) => void events.push(event)],
    ...more,
  })
  const browser = await launch(certificate)
  const site: Site = {
    sojourn,
    events,
    app,
    sibling,
    evil,
    notes: [],
    leaked: [],
    cut: undefined,
    passServer: (milliseconds) => void (ahead += milliseconds),
    newContext: (options) => browser.newContext(options),
    open: async (context) => {
      const page = await (context ?? (await browser.newContext())).newPage()
      await page.goto(app)
      return page
    },
    close: async () => {
      await browser.close()
      sojourn.close()
      server.closeAllConnections()
      await new Promise((resolve) => void server.close(resolve))
    },
  }
  const application = expressApplication(site, options)
  listeners.push((request, response) => {
    response.setHeader('Date', new Date(Date.now() + ahead).toUTCString())
    if (request.headers.host?.startsWith(hosts[0]))
      return application(cutting(site, request, response), response)
    site.leaked.push({ path: request.url ?? '', headers: request.headers })
    response.writeHead(200, { 'content-type': 'text/html' }).end('<title>another site</title>')
  })
  serveSockets(server, site)
  return site
}

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--host-resolver-rules=MAP * 127.0.0.1',
]

function launch({ pin }: Certificate): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
    // Pages are kept for Back as they are for people; a driver of tests would switch that off.
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
    args: [...flags, `--ignore-certificate-errors-spki-list=${pin}`],
  })
}

/** A page that runs this script. */
export const pageOf = (text: string, script = '/page.js'): string =>
  `<!doctype html><meta charset="utf-8"><title>app</title>
<h1>${text}</h1><p id="state"></p><script type="module" src="${script}"></script>`

function expressApplication(site: Site, { scripts, routes, beside }: SiteOptions): express.Express {
  const app = express()
  for (const [path, code] of Object.entries(scripts)) {
    app.get(path, (_request, response) => void response.type('text/javascript').send(code))
  }
  beside?.(app, site)
  app.use(express.urlencoded({ extended: false }), sojournExpress(site.sojourn))
  app.get('/', (_request, response) => void response.send(pageOf('welcome')))
  app.post('/sign-in', (request, response, next) => {
    request.sojourn.signIn({ subject: 'alice' }).then(() => response.sendStatus(204), next)
  })
  app.get('/private', signedIn(), (_request, response) => void response.send(pageOf(secretText)))
  app.get('/notes', signedIn(), (_request, response) => void response.json(site.notes))
  app.post('/notes', signedIn(), (_request, response) => {
    site.notes.push('a note')
    response.json(site.notes)
  })
  // A fault of the application: it sends a request on, body and headers and all, to wherever it is told.
  app.post('/away', signedIn(), (_request, response) => response.redirect(307, `${site.evil}/collect`))
  routes?.(app, site)
  return app
}

/** Lets the answer break off if it is this one's turn. */
function cutting(site: Site, request: IncomingMessage, response: ServerResponse): IncomingMessage {
  const { cut } = site
  if (!cut || cut.path !== request.url) return request
  const { at } = cut
  site.cut = undefined
  response.end = ((chunk?: string | Buffer) => {
    if (at === 'head') return response.destroy()
    response.setHeader('Content-Length', '100')
    response.write(String(chunk ?? '').slice(0, 5) || 'x')
    setTimeout(() => response.destroy(), 50)
    return response
  }) as never
  return request
}

function serveSockets(server: Server, site: Site): void {
  const upgrade = sojournUpgrade(site.sojourn)
  const sockets = new WebSocketServer({ noServer: true })
  server.on('upgrade', (request, socket, head) => {
    void upgrade(request, socket).then((admitted) => {
      if (!admitted) return
      sockets.handleUpgrade(request, socket, head, (webSocket) => {
        site.notes.push('a socket')
        webSocket.send('hello alice')
      })
    })
  })
}
