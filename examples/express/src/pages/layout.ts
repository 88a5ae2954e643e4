// What all pages have in common: the frame, the CSRF token in every form, and one line of news.

import type { Request, Response } from 'express'

import { html, type Html } from '../html.ts'

export interface Page {
  readonly title: string
  readonly body: Html
  readonly status?: number
}

// What a redirect may announce. Only these, because the address may have been written by anybody.
const news: ReadonlyMap<unknown, string> = new Map(
  Object.entries({
    welcome: 'Welcome! Your account is ready.',
    'signed-out': 'You are signed out.',
    'signed-out-everywhere': 'You are signed out on all devices.',
    'others-ended': 'All your other devices are signed out.',
    'device-ended': 'That device is signed out.',
    'password-changed': 'Your password is changed, and your other devices are signed out.',
    renamed: 'Your name is changed, here and on your other devices.',
    'role-changed': 'The role is changed. It takes effect on their next request.',
    'last-admin': 'Somebody has to run the shop: make another member an administrator first.',
    'account-deleted': 'Your account is deleted.',
  }),
)

/** Sends a page. It is kept by no cache, because every one with a form holds a CSRF token. */
export function send(request: Request, response: Response, { title, body, status = 200 }: Page): void {
  response
    .status(status)
    .set('Cache-Control', 'no-store')
    .type('html')
    .send(frame(request, title, body).toString())
}

/** A form that posts to a path of ours, with the CSRF token in it. */
export function form(request: Request, action: string, content: Html): Html {
  return html`<form method="post" action="${action}">
    <input type="hidden" name="csrf_token" value="${request.sojourn.csrfToken()}" />
    ${content}
  </form>`
}

/** One field of a posted form; empty if it was not sent, or more than once. */
export function field(request: Request, name: string): string {
  const body = request.body as Readonly<Record<string, unknown>> | undefined
  const value = body && Object.hasOwn(body, name) ? body[name] : undefined
  return typeof value === 'string' ? value : ''
}

/** A labelled input. */
export function input(label: string, name: string, attributes: Html, hint?: string): Html {
  return html`<label>
    <span>${label}</span>
    <input name="${name}" ${attributes} />
    ${hint !== undefined && html`<small>${hint}</small>`}
  </label>`
}

/** What was wrong with a form, read out by screen readers at once. */
export function fault(text: string | undefined): Html {
  return text === undefined ? html`` : html`<p class="fault" role="alert">${text}</p>`
}

function frame(request: Request, title: string, body: Html): Html {
  const note = news.get(request.query['note'])
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · Leaf &amp; Kettle</title>
        <link rel="icon" href="/icon.svg" />
        <link rel="stylesheet" href="/style.css" />
      </head>
      <body>
        <header>
          <a class="brand" href="/"><img src="/icon.svg" alt="" width="28" height="28" />Leaf &amp; Kettle</a>
          ${navigation(request)}
        </header>
        <main>
          ${note !== undefined && html`<p class="news" role="status">${note}</p>`}
          <h1>${title}</h1>
          ${body}
        </main>
        <footer>An example of sessions with Sojourn and Express. No tea is sold here.</footer>
      </body>
    </html>`
}

// A request that was refused before its session was looked for has none of this.
function navigation(request: Request): Html {
  const exchange: Request['sojourn'] | undefined = request.sojourn
  if (!exchange) return html``
  const { session } = exchange
  const link = (path: string, text: string): Html =>
    html`<a href="${path}" ${request.path === path && html`aria-current="page"`}>${text}</a>`
  if (!session) return html`<nav>${link('/sign-in', 'Sign in')}${link('/sign-up', 'Sign up')}</nav>`
  return html`<nav>
    ${link('/basket', 'Basket')}${link('/account', 'Account')}${link('/devices', 'Devices')}
    ${session.claims.role === 'admin' && link('/members', 'Members')}
    ${form(request, '/sign-out', html`<button class="quiet">Sign out</button>`)}
  </nav>`
}
