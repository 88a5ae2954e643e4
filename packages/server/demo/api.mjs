// Requests to the server. A CSRF token goes along with everything that changes something; it is asked for when there is
// none, and once more when the session has changed under it. Tokens of any other kind never come here.

/** The server said no: a problem document (RFC 9457). */
export class Problem extends Error {
  constructor(status, body) {
    super(body.detail ?? body.title ?? `The server answered ${status}`)
    this.name = 'Problem'
    this.status = status
    this.code = body.code ?? 'unknown'
  }
}

/** No answer, or only a piece of one. */
export class Unanswered extends Error {
  name = 'Unanswered'
}

let csrfToken

/** The next request asks for a new CSRF token: another session has begun. */
export function forgetCsrfToken() {
  csrfToken = undefined
}

export function get(path, headers = {}) {
  return send('GET', path, undefined, headers)
}

/** Sends something that changes something. */
export async function change(method, path, body, headers = {}) {
  const attempt = async () => send(method, path, body, { ...headers, 'X-CSRF-Token': await csrf() })
  try {
    return await attempt()
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'csrf_rejected') throw error
    forgetCsrfToken()
    return attempt()
  }
}

/** Makes sure that there is a CSRF token, so that what follows is a single request. */
export async function csrf() {
  csrfToken ??= (await get('/session/csrf')).body.csrfToken
  return csrfToken
}

async function send(method, path, body, headers) {
  const hasBody = body !== undefined
  let response
  let text
  try {
    response = await fetch(path, {
      method,
      headers: { ...headers, ...(hasBody ? { 'Content-Type': 'application/json' } : {}) },
      cache: 'no-store',
      ...(hasBody ? { body: JSON.stringify(body) } : {}),
    })
    text = await response.text()
  } catch (cause) {
    throw new Unanswered('The server did not answer', { cause })
  }
  const isJson = /json/.test(response.headers.get('Content-Type') ?? '')
  const members = isJson && text !== '' ? JSON.parse(text) : {}
  if (!response.ok) throw new Problem(response.status, members)
  return {
    status: response.status,
    body: members,
    /** What the server told of this request, and the digest of the token that it handed out. */
    told: (response.headers.get('X-Demo-Told') ?? '').split(' ').filter(Boolean),
    digest: response.headers.get('X-Demo-Digest') ?? undefined,
  }
}
