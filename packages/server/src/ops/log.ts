// The log: JSON lines on standard output, one for each event. Session ids are public names; credentials are not in
// events, and a redaction stands behind that. Everything is JSON, so that what a client calls itself stays in its line.

import { pino, type Logger } from 'pino'
import type { Listener, SojournEvent } from 'sojourn'

const levels = { info: 'info', warning: 'warn', critical: 'error' } as const
const secret = ['authorization', 'cookie', 'sessionToken', 'accessToken', 'refreshToken', 'apiKey']

export function openLog(level: string): Logger {
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: secret.flatMap((name) => [name, `*.${name}`]), censor: '[redacted]' },
  })
}

/** A listener that writes every event. */
export function logEvents(log: Logger): Listener {
  return (event) => {
    const { level: _, at, type, ...facts } = event
    log[levelOf(event)]({ at: new Date(at).toISOString(), ...facts }, type)
  }
}

// A sweep that found nothing happens every minute and is no news.
function levelOf(event: SojournEvent): 'debug' | 'info' | 'warn' | 'error' {
  return event.type === 'sweep.finished' && event.removed === 0 ? 'debug' : levels[event.level]
}
