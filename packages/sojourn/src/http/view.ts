// What the stages see of a request, and where they put headers of the answer. An adapter makes the two from whatever
// its framework has; it converts and decides nothing.

/** A request. Header names are lower case. */
export interface RequestView {
  readonly method: string
  /** Path and query, as in the request line. */
  readonly target: string
  /** Whether the connection to this process is TLS. */
  readonly isEncrypted: boolean
  /** The address at the other end of the connection; absent where the platform hides it. */
  readonly peer: string | undefined
  /** The value of a header; several fields of one name are joined (RFC 9110 §5.3), cookies with `; `. */
  header(name: string): string | undefined
  /** Every field of that name for itself, so that a repeated one is noticed. */
  all(name: string): readonly string[]
  /** The body, at most `limit` bytes; or what the framework has parsed of it already. */
  body(limit: number): Promise<RequestBody>
  /** A form field, if the framework has parsed the body as a form before the stages run. */
  formField(name: string): string | undefined
}

export type RequestBody =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'parsed'; readonly value: unknown }
  | { readonly kind: 'too-large' }

/** The headers of the answer, while it has not begun. */
export interface Reply {
  /** Whether it is too late for headers. */
  isCommitted(): boolean
  /** Sets a header, in place of an earlier one of that name. */
  setHeader(name: string, value: string): void
  /** The cookies that the answer sets so far, and the way to replace the whole list. */
  getCookies(): readonly string[]
  setCookies(cookies: readonly string[]): void
}

/** A complete answer. */
export interface Answer {
  readonly status: number
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
}

/** The path of a target, without its query. */
export function pathOf(target: string): string {
  const query = target.indexOf('?')
  return query < 0 ? target : target.slice(0, query)
}

/** Whether a request is the handshake of a WebSocket (RFC 6455 §4.1), or a proxy asks about one. */
export function isHandshake(view: RequestView): boolean {
  const upgrade = view.header('upgrade')
  if (upgrade !== undefined && /\bwebsocket\b/i.test(upgrade)) return true
  return view.header('sec-websocket-key') !== undefined
}
