// What people see when the answer is no: the way to the sign-in page, or a page that says what to do.

import type { NextFunction, Request, Response } from 'express'
import { SojournError, type ErrorCode } from 'sojourn'

import { html } from '../html.ts'
import { send } from './layout.ts'

// Whatever was wrong with the credentials, signing in helps.
const signInHelps: ReadonlySet<ErrorCode> = new Set([
  'sign_in_required',
  'session_expired',
  'session_unknown',
  'session_reused',
  'session_superseded',
  'token_malformed',
  'token_rejected',
])

/** An error handler of Express, to be put after all routes. */
export function refusals(error: unknown, request: Request, response: Response, next: NextFunction): void {
  if (response.headersSent) return next(error)
  // Forms post to the path of the page they are on, so this leads back to it.
  const here = encodeURIComponent(request.originalUrl)
  const { status, title, text, retryAfter } = explained(error)
  if (error instanceof SojournError) {
    if (signInHelps.has(error.code)) return response.redirect(303, `/sign-in?next=${here}`)
    if (error.code === 'fresh_sign_in_required') return response.redirect(303, `/confirm?next=${here}`)
  }
  if (status >= 500) console.error(error)
  if (retryAfter !== undefined) response.set('Retry-After', String(retryAfter))
  const body = html`<div class="card">
    <p>${text}</p>
    <p><a class="button" href="/">To the shop</a></p>
  </div>`
  send(request, response, { title, body, status })
}

/** For addresses where there is nothing. */
export function notFound(request: Request, response: Response): void {
  const body = html`<div class="card">
    <p>The page has moved, or was never there.</p>
    <p><a class="button" href="/">To the shop</a></p>
  </div>`
  send(request, response, { title: 'Nothing here', body, status: 404 })
}

interface Explanation {
  readonly status: number
  readonly title: string
  readonly text: string
  readonly retryAfter?: number | undefined
}

function explained(error: unknown): Explanation {
  if (error instanceof SojournError) {
    const { code, status, detail, retryAfter } = error
    if (code === 'csrf_rejected') {
      return {
        status,
        title: 'That page was out of date',
        text: 'Nothing was changed. You may have signed in or out since it was opened: open it again and repeat what you did.',
      }
    }
    if (code === 'forbidden')
      return { status, title: 'Not for you', text: 'This page is for administrators.' }
    if (status < 500 || status === 503) return { status, title: titleOf(error), text: detail, retryAfter }
  }
  const status = statusOf(error)
  if (status < 500)
    return { status, title: 'That did not work', text: 'The form could not be read. Try again.' }
  return { status, title: 'Something went wrong', text: 'It is our fault. Try again in a moment.' }
}

function titleOf({ message, detail }: SojournError): string {
  return message.replace(`. ${detail}`, '')
}

// What a body parser throws for a form that it cannot read.
function statusOf(error: unknown): number {
  const status = error instanceof Error && 'status' in error ? error.status : undefined
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 500
}
