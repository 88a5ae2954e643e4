// A route behind `signedIn()` had a body of type unknown, where the same route without it could read its fields.

import express from 'express'
import { expectTypeOf, it } from 'vitest'
import { signedIn } from '../../src/express.ts'

it('leaves the types of a route as they are without it', () => {
  const app = express()
  app.post('/articles/:id', signedIn(), (request) => {
    expectTypeOf(request.body).toBeAny()
    expectTypeOf(request.params).toEqualTypeOf<{ id: string }>()
  })
})
