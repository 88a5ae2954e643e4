// For administrators: who the members are, and what they may do. A new role is in force on the next request of its
// holder, on every device: nobody has to sign in again.

import { Router } from 'express'
import { signedIn } from 'sojourn/express'

import { html, type Html } from '../html.ts'
import { isRole } from '../schema.ts'
import type { Shop } from '../shop.ts'
import { retell } from '../sojourn.ts'
import type { User } from '../users.ts'
import { field, form, send } from './layout.ts'

export function memberPages({ sojourn, users }: Shop): Router {
  const router = Router()
  router.use('/members', signedIn({ role: 'admin' }))

  router.get('/members', (request, response) => {
    const row = ({ id, name, email, role }: User): Html =>
      html`<li>
        <div>
          <strong>${name}</strong> ${role === 'admin' && html`<span class="tag">admin</span>`}
          <p>${email}</p>
        </div>
        ${form(
          request,
          '/members',
          html`<input type="hidden" name="id" value="${id}" />
            <button class="quiet" name="role" value="${role === 'admin' ? 'member' : 'admin'}">
              ${role === 'admin' ? 'Make a member' : 'Make an administrator'}
            </button>`,
        )}
      </li>`
    const body = html`<ul class="list">
      ${users.list().map(row)}
    </ul>`
    send(request, response, { title: 'Members', body })
  })

  router.post('/members', async (request, response) => {
    const [id, role] = [field(request, 'id'), field(request, 'role')]
    if (!isRole(role)) return response.redirect(303, '/members')
    const isChanged = users.setRole(id, role)
    if (isChanged) await retell(sojourn, users, id)
    response.redirect(303, isChanged ? '/members?note=role-changed' : '/members?note=last-admin')
  })

  return router
}
