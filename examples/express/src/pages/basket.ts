// The basket is the session's `data`: it stays on the server, and two tabs that add at once both count, because a
// change is a function that can run again.

import { Router } from 'express'
import { signedIn } from 'sojourn/express'

import { html } from '../html.ts'
import type { Data } from '../schema.ts'
import { priceText, teas } from '../teas.ts'
import { field, form, send } from './layout.ts'

const most = 99

export function basketPages(): Router {
  const router = Router()

  router.get('/basket', signedIn(), async (request, response) => {
    const basket = (await request.sojourn.load())?.data.basket ?? {}
    const lines = teas.flatMap((tea) => {
      const count = basket[tea.id]
      return count === undefined ? [] : [{ ...tea, count }]
    })
    const total = lines.reduce((sum, { price, count }) => sum + price * count, 0)
    const row = ({ id, name, price, count }: (typeof lines)[number]) =>
      html`<tr>
        <th scope="row">${name}</th>
        <td>
          ${form(
            request,
            '/basket',
            html`<span class="stepper">
              <button name="take" value="${id}" aria-label="Less ${name}">−</button>
              <output>${count}</output>
              <button name="add" value="${id}" aria-label="More ${name}">+</button>
            </span>`,
          )}
        </td>
        <td class="number">${priceText(price * count)}</td>
      </tr>`
    const body =
      lines.length === 0
        ? html`<p class="lead">Nothing in it yet.</p>
            <p><a class="button" href="/">See what is on the shelf</a></p>`
        : html`<table>
              <thead>
                <tr>
                  <th scope="col">Tea</th>
                  <th scope="col">100 g packs</th>
                  <th scope="col" class="number">Price</th>
                </tr>
              </thead>
              <tbody>
                ${lines.map(row)}
              </tbody>
              <tfoot>
                <tr>
                  <th scope="row" colspan="2">Total</th>
                  <td class="number">${priceText(total)}</td>
                </tr>
              </tfoot>
            </table>
            ${form(request, '/basket', html`<button class="quiet" name="empty" value="yes">Empty the basket</button>`)}`
    send(request, response, { title: 'Your basket', body })
  })

  router.post('/basket', signedIn(), async (request, response) => {
    const [added, taken] = [field(request, 'add'), field(request, 'take')]
    const isEmptied = field(request, 'empty') !== ''
    await request.sojourn.update({
      data: (data) => (isEmptied ? { ...data, basket: {} } : changed(changed(data, added, 1), taken, -1)),
    })
    response.redirect(303, '/basket')
  })

  return router
}

/** The data with one more or one less of a tea that is on the shelf. */
function changed(data: Data, tea: string, by: 1 | -1): Data {
  if (!teas.some(({ id }) => id === tea)) return data
  const { [tea]: before = 0, ...others } = data.basket
  const count = Math.min(most, before + by)
  return { ...data, basket: count < 1 ? others : { ...others, [tea]: count } }
}
