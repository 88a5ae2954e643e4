// An OAuth endpoint as an operation: it reads a form, and says no as OAuth does.

import { errors, SojournError } from 'sojourn'
import type { z } from 'zod'

import type { Request, Services } from '../api/context.ts'
import type { Description, Operation } from '../api/operation.ts'
import { failureFor } from './failure.ts'
import { formType, readForm } from './form.ts'

type Endpoint = Omit<Description, 'method' | 'group' | 'bodyTypes' | 'failures'> & {
  readonly body: z.ZodObject
  readonly work: (call: {
    readonly services: Services
    readonly request: Request
    readonly form: ReadonlyMap<string, string>
  }) => Promise<Response>
}

export function endpoint({ work, ...of }: Endpoint): Operation {
  return {
    ...of,
    method: 'POST',
    group: 'OAuth',
    bodyTypes: [formType],
    failures: 'oauth',
    serve: async (services, request) => {
      try {
        return await work({ services, request, form: await readForm(request) })
      } catch (error) {
        const answer = failureFor(error)
        if (!answer) throw error
        if (error instanceof SojournError && errors[error.code].oauth === 'invalid_grant')
          request.set('hasBadCredentials', true)
        if (error instanceof SojournError && error.code === 'dpop_nonce_required')
          answer.headers.set('dpop-nonce', services.sojourn.dpop.nonce())
        return answer
      }
    },
  }
}
