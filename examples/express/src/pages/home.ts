// The shelf: what everybody sees.

import { Router } from 'express'

import { html } from '../html.ts'
import { priceText, teas } from '../teas.ts'
import { form, send } from './layout.ts'

export function homePages(): Router {
  return Router().get('/', (request, response) => {
    const { session } = request.sojourn
    const add = (id: string) =>
      session
        ? form(request, '/basket', html`<button name="add" value="${id}">Add to basket</button>`)
        : html`<a class="button" href="/sign-in?next=/">Sign in to buy</a>`
    const body = html`
      <p class="lead">
        ${session ? html`Good to see you, ${session.claims.name}.` : html`Six teas, weighed by hand.`}
      </p>
      <ul class="shelf">
        ${teas.map(
          ({ id, name, note, price }) =>
            html`<li>
              <h2>${name}</h2>
              <p>${note}</p>
              <p class="price">${priceText(price)} <small>100 g</small></p>
              ${add(id)}
            </li>`,
        )}
      </ul>
    `
    send(request, response, { title: 'Fresh on the shelf', body })
  })
}
