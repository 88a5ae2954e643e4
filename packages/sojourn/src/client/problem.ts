// Telling our "no" from everybody else's: a 401 of another service must not set off a refresh (RFC 9457; the `type` of
// our problems is a name that only Sojourn uses).

/** What the server said no with. */
export interface Problem {
  readonly status: number
  readonly code: string
  readonly detail: string
  /** Further members, such as the `reason` of `csrf_rejected`. */
  readonly members: Readonly<Record<string, unknown>>
}

/** A call that failed: the server said no, or `unanswered`: nothing is known, and nothing was thrown away. */
export class ClientError extends Error {
  override readonly name = 'ClientError'
  readonly code: string
  readonly problem: Problem | undefined

  constructor(code: string, message: string, options: { problem?: Problem; cause?: unknown } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : {})
    this.code = code
    this.problem = options.problem
  }
}

/**
 * The problem of one of our answers; undefined if it is none, or somebody else's. Reads a copy. Rejects if the answer
 * breaks off: what it would have said is unknown, so it counts as lost.
 */
export async function problemOf(response: Response): Promise<Problem | undefined> {
  const type = response.headers.get('content-type') ?? ''
  if (response.status < 400 || !type.startsWith('application/problem+json')) return undefined
  const text = await response.clone().text()
  try {
    return readProblem(response.status, JSON.parse(text))
  } catch {
    return undefined
  }
}

export function readProblem(status: number, body: unknown): Problem | undefined {
  if (!isRecord(body)) return undefined
  const { code, type, detail } = body
  if (typeof code !== 'string' || type !== `urn:sojourn:error:${code}`) return undefined
  return { status, code, detail: typeof detail === 'string' ? detail : code, members: body }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
