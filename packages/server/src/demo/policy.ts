// The numbers of the demo: so short that a person sees every one of them run out, unless the operator has set others.
// The page is told the numbers that hold, and has none of its own.

import type { Policy, PolicyInput } from 'sojourn'

// The overlap is left to follow the access token: it is never more than a fifth of it.
const short = {
  cookie: { access: '30s', idle: '5m', absolute: '1h' },
  limit: { count: 10 },
} as const satisfies PolicyInput

/** The policy of the demo, with what the settings say in place of its own numbers. */
export function demoPolicy(settings: PolicyInput): PolicyInput {
  return { ...short, ...settings, cookie: { ...short.cookie, ...settings.cookie } }
}

export interface PolicyView {
  readonly access: number
  readonly overlap: number
  readonly idle: number
  readonly absolute: number
}

/** The spans that the page shows, in milliseconds. */
export function policyView({ cookie: { access, idle, absolute }, overlap }: Policy): PolicyView {
  return { access, overlap, idle, absolute }
}
