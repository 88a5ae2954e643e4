// "Why was I signed out?", answered from the audit trail in plain words: when a session began and on what, what happened
// to it, and why it ended. Pure: the records of one session in, sentences out.

import type { Actor, EndReason, UnreadableReason } from '../core/events.ts'
import type { SignalKind } from '../core/risk.ts'
import type { Device } from '../core/session.ts'
import { timestamp } from '../core/system.ts'
import type { Instant } from '../core/time.ts'
import type { AuditRecord } from './record.ts'

/** What the trail tells of one session. */
export interface Explanation {
  readonly sessionId: string
  readonly subject?: string
  /** Whether it is over, and why, in one or two sentences. */
  readonly summary: string
  /** Absent while it lives, and where the trail does not tell. */
  readonly ended?: { readonly at: Instant; readonly reason: EndReason }
  /** What happened, in order. */
  readonly story: readonly Passage[]
}

export interface Passage {
  readonly at: Instant
  readonly text: string
}

type RecordOf<Type extends AuditRecord['type']> = Extract<AuditRecord, { type: Type }>

/** The explanation of a session from its records in any order; undefined if there are none. */
export function explain(
  sessionId: string,
  records: readonly AuditRecord[],
  isLive: boolean,
): Explanation | undefined {
  const inOrder = records
    .filter((record) => 'sessionId' in record && record.sessionId === sessionId)
    .toSorted((a, b) => a.number - b.number)
  if (inOrder.length === 0) return undefined
  const end = inOrder.find((record) => record.type === 'session.ended')
  const reuse = inOrder.find((record) => record.type === 'session.reused')
  const subject = inOrder
    .map((record) => ('subject' in record ? record.subject : undefined))
    .find((one) => one !== undefined)
  return {
    sessionId,
    ...(subject === undefined ? {} : { subject }),
    summary: summaryOf(end, reuse, isLive),
    ...(end ? { ended: { at: end.at, reason: end.reason } } : {}),
    story: storyOf(inOrder),
  }
}

function summaryOf(
  end: RecordOf<'session.ended'> | undefined,
  reuse: RecordOf<'session.reused'> | undefined,
  isLive: boolean,
): string {
  if (end)
    return `It ended at ${timestamp(end.at)}. ${endSentence(end.reason, reuse)}${actorSentence(end.actor)}`
  if (isLive) return 'It lives.'
  return 'It is over, and nobody has asked for it since: its person was not seen for too long, or its time was up.'
}

function endSentence(reason: EndReason, reuse: RecordOf<'session.reused'> | undefined): string {
  switch (reason) {
    case 'signed_out':
      return 'Its person signed out.'
    case 'signed_out_elsewhere':
      return 'Its person ended it from another session.'
    case 'signed_out_at_provider':
      return 'The identity provider that signed its person in has signed them out.'
    case 'replaced':
      return 'Somebody signed in on the same device, and that session took its place.'
    case 'evicted':
      return 'Its person had more sessions than the limit allows, and this was the oldest.'
    case 'revoked':
      return 'The application or an administrator ended it.'
    case 'reused':
      return reuse
        ? `A copy of its session token was in use: ${presented(reuse)} at ${timestamp(reuse.at)}${from(reuse.device)}. So it was ended for everybody.`
        : 'A copy of its session token was in use, so it was ended for everybody.'
    case 'risk':
      return 'A refresh was as unusual as the policy of the application allows none to be.'
    case 'erased':
      return 'The data of its person was erased.'
    case 'idle':
      return 'Its person was not seen for too long.'
    case 'absolute':
      return 'Its time was up, whatever its person did.'
  }
}

function actorSentence(actor: Actor | undefined): string {
  if (!actor) return ''
  const { kind, name = 'of no name', session } = actor
  switch (kind) {
    case 'subject':
      return session === undefined ? '' : ` That was session ${session}.`
    case 'api_key':
      return ` It was done with the API key ${name}.`
    case 'operator':
      return ` It was done in the dashboard, by whoever had signed in there with the API key ${name}${session === undefined ? '' : ` (session ${session})`}.`
    case 'command':
      return ` It was done at the ${name}.`
  }
}

// Refreshes of one client that follow each other are one passage, however many they are.
function storyOf(records: readonly AuditRecord[]): readonly Passage[] {
  const story: Passage[] = []
  let run: RecordOf<'session.refreshed'>[] = []
  let place: string | undefined
  const tellRun = (): void => {
    const [first, last] = [run[0], run.at(-1)]
    if (first && last) story.push({ at: first.at, text: refreshes(run.length, first, last) })
    run = []
  }
  for (const record of records) {
    if (record.type === 'session.refreshed') {
      const here = record.device && named(record.device)
      if (here !== undefined && here !== place) tellRun()
      place = here ?? place
      run.push(record)
      continue
    }
    if (record.type === 'session.created') place = named(record.device)
    const text = sentenceOf(record)
    if (text === undefined) continue
    tellRun()
    story.push({ at: record.at, text })
  }
  tellRun()
  return story
}

function refreshes(
  count: number,
  first: RecordOf<'session.refreshed'>,
  last: RecordOf<'session.refreshed'>,
): string {
  if (count === 1) return `Refreshed to generation ${first.generation}${from(first.device)}.`
  return `Refreshed ${count} times until ${timestamp(last.at)}, to generation ${last.generation}${from(first.device)}.`
}

/** What a record tells that belongs into a story; undefined for what is only noise there. */
function sentenceOf(record: AuditRecord): string | undefined {
  switch (record.type) {
    case 'session.created':
      return `Began${record.subject === undefined ? ', for nobody in particular' : ` for ${record.subject}`}, ${
        record.profile === 'cookie' ? 'in cookies' : 'with bearer tokens'
      }${from(record.device)}.`
    case 'session.replayed':
      return `A client came with generation ${record.presented} and was given ${record.generation} once more: two tabs, or an answer that got lost${from(record.device)}.`
    case 'session.reused':
      return `A copy of an old session token was used: ${presented(record)}${from(record.device)}.`
    case 'risk.noted':
      return `Something was unusual, with a score of ${record.score}: ${record.signals.map(({ kind }) => unusual[kind]).join(', ')}${from(record.device)}.`
    case 'session.superseded':
      return `Generation ${record.presented}, from before a step-up, was presented and refused.`
    case 'session.stepped_up':
      return `Its person proved more: ${[...record.amr, ...(record.acr === undefined ? [] : [record.acr])].join(', ')}.`
    case 'session.bound':
      return 'Bound to a key of its device.'
    case 'binding.skipped':
      return `Its browser did not refresh the binding (${record.reason}).`
    case 'session.updated':
      return `Its ${record.changed.join(' and ')} ${record.changed.length === 1 && record.changed[0] === 'data' ? 'was' : 'were'} changed.`
    case 'session.ended':
      return `Ended. ${endSentence(record.reason, undefined)}${actorSentence(record.actor)}`
    case 'session.unreadable':
      return `It could not be read from the store: ${unreadable[record.reason] ?? unreadable.spoilt}.`
    case 'csrf.rejected':
      return `A request was refused because another site may have sent it (${record.reason}).`
    case 'proof.rejected':
      return `A proof of its client's key was missing or no good (${record.reason}).`
    case 'rate.limited':
      return 'It asked too often, and was told to wait.'
    default:
      return undefined
  }
}

// A record of an earlier version names no reason.
const unreadable: Readonly<Partial<Record<UnreadableReason, string>>> = {
  spoilt: 'its entry is none that this version understands',
  erased: 'the key of its data was dropped',
  tampered: 'its data was changed by somebody else',
  locked: 'no configured secret opens the key of its data',
  unencrypted: 'its data is not encrypted, which the configuration refuses',
}

const unusual: Readonly<Record<SignalKind, string>> = {
  new_device: 'a device that its person is not known to have used',
  browser: 'another browser or system',
  older_browser: 'an earlier version of the browser',
  network: 'another network',
  travel: 'a place that nobody gets to in that time',
}

function presented({ presented: old, generation }: RecordOf<'session.reused'>): string {
  return `generation ${old} was presented when ${generation} was the newest`
}

function from(device: Device | undefined): string {
  const name = device && named(device)
  return name === undefined ? '' : `, from ${name}`
}

function named({ label, userAgent, ip }: Device): string | undefined {
  const what = label ?? userAgent
  if (what === undefined) return ip
  return ip === undefined ? what : `${what} at ${ip}`
}
