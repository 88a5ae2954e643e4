// Where one is signed in, and the means to change that.

import { Router } from 'express'
import { signedIn } from 'sojourn/express'

import { html, type Html } from '../html.ts'
import type { Shop } from '../shop.ts'
import { field, form, send } from './layout.ts'

export function devicePages({ sojourn }: Shop): Router {
  const router = Router()

  router.get('/devices', signedIn(), async (request, response) => {
    const { session: { sessionId = '', subject = '' } = {}, now } = request.sojourn
    const sessions = await sojourn.list(subject)
    const row = ({ id, device, lastSeenAt, createdAt, remember }: (typeof sessions)[number]): Html =>
      html`<li>
        <div>
          <strong>${device.label ?? 'A browser'}</strong>
          ${id === sessionId && html`<span class="tag">this device</span>`}
          <p>
            ${device.ip} · last seen ${ago(now - lastSeenAt)} · signed in ${ago(now - createdAt)}
            ${remember && ' · stays signed in'}
          </p>
        </div>
        ${
          id !== sessionId &&
          form(request, '/devices', html`<button class="quiet" name="end" value="${id}">Sign out</button>`)
        }
      </li>`
    const body = html`
      <p class="lead">
        You are signed in here. If you do not know one of them, sign it out and
        <a href="/account/password">change your password</a>.
      </p>
      <ul class="list">
        ${sessions.map(row)}
      </ul>
      <div class="row">
        ${
          sessions.length > 1 &&
          form(
            request,
            '/devices',
            html`<button name="others" value="yes">Sign out all other devices</button>`,
          )
        }
        ${form(request, '/sign-out', html`<button class="danger" name="scope" value="all">Sign out everywhere</button>`)}
      </div>
    `
    send(request, response, { title: 'Your devices', body })
  })

  // A thief with an unattended browser must not be able to throw the owner out (ASVS 7.5.2).
  router.post('/devices', signedIn({ freshWithin: '1h' }), async (request, response) => {
    if (field(request, 'others') !== '') {
      await request.sojourn.signOut('others')
      return response.redirect(303, '/devices?note=others-ended')
    }
    const other = await sojourn.find(field(request, 'end'))
    const isOwn = other?.subject !== undefined && other.subject === request.sojourn.session?.subject
    if (isOwn) await sojourn.revoke(other.id, 'signed_out_elsewhere')
    response.redirect(303, isOwn ? '/devices?note=device-ended' : '/devices')
  })

  return router
}

const words = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })

function ago(span: number): string {
  const minutes = Math.floor(span / 60_000)
  if (minutes < 1) return 'just now'
  if (minutes < 60) return words.format(-minutes, 'minute')
  if (minutes < 24 * 60) return words.format(-Math.floor(minutes / 60), 'hour')
  return words.format(-Math.floor(minutes / 60 / 24), 'day')
}
