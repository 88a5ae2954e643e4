// One request, as a client sends it: through the proxy that ends TLS before the nodes, with patience, and sometimes
// over a connection that loses the answer.

import { request, type Agent } from 'node:http'

import { host, clientPatience } from '../numbers.ts'

export interface Asked {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: object
  /** `unheard`: the answer comes, and is not heard. A number: the client hangs up after so many milliseconds. */
  readonly loss?: 'unheard' | number
}

export interface Answer {
  /** 0 if there was none. */
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
  readonly setCookies: readonly string[]
  /** The code of a refusal, or why there was no answer. */
  readonly why?: string
}

/** Never rejects: that there is no answer is an answer, too. */
export async function ask(agent: Agent, port: number, asked: Asked): Promise<Answer> {
  const body = asked.body === undefined ? '' : JSON.stringify(asked.body)
  const lost = new AbortController()
  const patience = setTimeout(() => lost.abort('impatient'), clientPatience)
  const hangingUp =
    typeof asked.loss === 'number' ? setTimeout(() => lost.abort('hung up'), asked.loss) : undefined
  try {
    return await exchange(agent, port, asked, body, lost)
  } catch (error) {
    const why: unknown = lost.signal.aborted ? lost.signal.reason : codeOf(error)
    return { status: 0, body: {}, setCookies: [], why: String(why) }
  } finally {
    clearTimeout(patience)
    clearTimeout(hangingUp)
  }
}

function exchange(
  agent: Agent,
  port: number,
  { method, path, headers, loss }: Asked,
  body: string,
  lost: AbortController,
): Promise<Answer> {
  const all = {
    Host: host,
    'X-Forwarded-Proto': 'https',
    ...(method === 'GET'
      ? {}
      : { 'Content-Type': 'application/json', 'Content-Length': String(Buffer.byteLength(body)) }),
    ...headers,
  }
  const options = { host: '127.0.0.1', port, method, path, headers: all, agent, signal: lost.signal }
  return new Promise((resolve, reject) => {
    const asking = request(options, (response) => {
      if (loss === 'unheard') return lost.abort('unheard')
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => void (text += chunk))
      response.on('error', reject)
      response.on('end', () => {
        const told = textToWords(text)
        const why = typeof told['code'] === 'string' ? { why: told['code'] } : {}
        const setCookies = response.headers['set-cookie'] ?? []
        resolve({ status: response.statusCode ?? 0, body: told, setCookies, ...why })
      })
    })
    asking.on('error', reject)
    asking.end(body)
  })
}

function textToWords(text: string): Readonly<Record<string, unknown>> {
  return text === '' ? {} : (JSON.parse(text) as Readonly<Record<string, unknown>>)
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
