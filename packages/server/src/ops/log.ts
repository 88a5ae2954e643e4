// The log: JSON lines on standard output, one for each event. Session ids are public names; credentials are not in
// events, and a redaction stands behind that. Everything is JSON, so that what a client calls itself stays in its line.
// In a terminal the same lines are written for a person, with JSON for the values only.

import { pino, type Logger } from 'pino'
import type { Listener, SojournEvent } from 'sojourn'

const levels = { info: 'info', warning: 'warn', critical: 'error' } as const
const secret = ['authorization', 'cookie', 'sessionToken', 'accessToken', 'refreshToken', 'apiKey']

export function openLog(level: string, isTerminal = process.stdout.isTTY): Logger {
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    hooks: { streamWrite: isTerminal ? (line) => readable(printable(line)) : printable },
    redact: { paths: secret.flatMap((name) => [name, `*.${name}`]), censor: '[redacted]' },
  })
}

// JSON leaves these as they are, but a terminal takes some for commands (C1), others turn the text around, and some
// readers see a new line in two of them. Escaped, they mean the same to JSON and nothing to anybody else.
function printable(line: string): string {
  return line.replaceAll(
    /[\u007F-\u009F\u200E\u200F\u2028-\u202E\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** A line of the log for a person: the time of day in UTC, how bad it is, what it is, and the rest. */
export function readable(line: string): string {
  const { level, time, msg, at: _, ...facts } = JSON.parse(line) as Record<string, unknown>
  const rest = Object.entries(facts).map(([name, value]) => `${name}=${printable(JSON.stringify(value))}`)
  return `${[String(time).slice(11, 19), String(level).padEnd(5), String(msg).padEnd(18), ...rest].join(' ').trimEnd()}\n`
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
