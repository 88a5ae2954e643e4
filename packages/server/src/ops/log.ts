// The log: JSON lines on standard output, one for each event. Session ids are public names; credentials are not in
// events, and a redaction stands behind that.

import { pino, type Logger } from 'pino'
import type { Listener } from 'sojourn'

const levels = { info: 'info', warning: 'warn', critical: 'error' } as const

export function openLog(level: string): Logger {
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: ['*.authorization', '*.cookie', '*.sessionToken', '*.accessToken', '*.refreshToken', '*.apiKey'],
      censor: '[redacted]',
    },
  })
}

/** A listener that writes every event. */
export function logEvents(log: Logger): Listener {
  return ({ level, at, ...event }) =>
    log[levels[level]]({ ...event, at: new Date(at).toISOString() }, event.type)
}
