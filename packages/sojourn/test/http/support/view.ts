// A request for tests of single stages: what an adapter would make of these header fields, in the order they stand.

import type { RequestBody, RequestView } from '../../../src/http/view.ts'

export interface RequestParts {
  readonly method?: string
  readonly target?: string
  readonly headers?: readonly (readonly [name: string, value: string])[]
  readonly peer?: string | undefined
  readonly isEncrypted?: boolean
  readonly body?: RequestBody
  readonly form?: Readonly<Record<string, string>>
}

const noBody: RequestBody = { kind: 'bytes', bytes: new Uint8Array() }

export function request(parts: RequestParts = {}): RequestView {
  const { method = 'GET', target = '/', headers = [], isEncrypted = true, body = noBody, form = {} } = parts
  const all = (name: string): string[] => headers.filter(([own]) => own === name).map(([, value]) => value)
  return {
    method,
    target,
    isEncrypted,
    peer: 'peer' in parts ? parts.peer : '203.0.113.7',
    header: (name) => (all(name).length === 0 ? undefined : all(name).join(name === 'cookie' ? '; ' : ', ')),
    all,
    body: async () => body,
    formField: (name) => form[name],
  }
}

export function bytes(text: string): RequestBody {
  return { kind: 'bytes', bytes: new TextEncoder().encode(text) }
}

/** The code of the SojournError that this throws, or that it rejects with. */
export async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work()
  } catch (error) {
    return error instanceof Error && 'code' in error
      ? String(error.code)
      : `not a SojournError: ${String(error)}`
  }
  return 'nothing'
}
