// Who calls an OAuth endpoint. The secret of a client is an API key: by HTTP Basic, as standard libraries send it
// (RFC 6749 §2.3.1), in the form, or as a bearer token. There is no register of clients, so the client_id is a name only.

import type { Role } from '../apikeys/role.ts'
import type { Request, Services } from '../api/context.ts'
import { OAuthFailure } from './failure.ts'

/** Lets a client pass whose API key has this role, or includes it; one without a key only where none is needed. */
export async function authenticateClient(
  { apiKeys }: Services,
  request: Request,
  form: ReadonlyMap<string, string>,
  { role, isRequired }: { role: Role; isRequired: boolean },
): Promise<void> {
  const { key, challenge } = secretOf(request, form)
  if (key === undefined) {
    if (isRequired)
      throw new OAuthFailure('invalid_client', 'Show an API key as the secret of the client.', challenge)
    return
  }
  const has = await apiKeys.holderOf(key)
  if (has === undefined) throw new OAuthFailure('invalid_client', 'The API key is not known.', challenge)
  if (role === 'manage' && has.role !== 'manage')
    throw new OAuthFailure('invalid_client', 'This needs an API key with the role manage.', challenge)
}

function secretOf(
  { env }: Request,
  form: ReadonlyMap<string, string>,
): { readonly key: string | undefined; readonly challenge: string } {
  const basic = 'Basic realm="sojourn", charset="UTF-8"'
  const fields = env.incoming.headersDistinct.authorization ?? []
  const inForm = form.get('client_secret')
  if (fields.length + (inForm === undefined ? 0 : 1) > 1)
    throw new OAuthFailure('invalid_request', 'Authenticate in one way only.')
  const [, scheme = '', credentials = ''] = /^(\w+) +([\x21-\x7e]{1,1024})$/.exec(fields[0] ?? '') ?? []
  if (fields.length > 0 && scheme.toLowerCase() === 'bearer')
    return { key: credentials, challenge: 'Bearer error="invalid_token"' }
  if (fields.length > 0) return { key: basicSecret(scheme, credentials), challenge: basic }
  return { key: inForm, challenge: basic }
}

// Name and secret are encoded as in a form before they are joined (RFC 6749 §2.3.1). What is no Basic is no key either.
function basicSecret(scheme: string, credentials: string): string {
  const text = scheme.toLowerCase() === 'basic' ? Buffer.from(credentials, 'base64').toString() : ''
  const [, secret = ''] = /^[^:]*:(.*)$/s.exec(text) ?? []
  return new URLSearchParams(`secret=${secret.replaceAll('&', '%26')}`).get('secret') ?? ''
}
