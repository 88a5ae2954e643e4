// What to tell a person about a failure, and what to do.

import { Refusal } from '../api/client.ts'

export function problemText(error: unknown): string {
  if (error instanceof Refusal) return error.message
  return 'The server cannot be reached. Look whether it runs, and try again.'
}

export function problemTitle(error: unknown): string {
  return error instanceof Refusal ? error.title : 'No answer'
}
