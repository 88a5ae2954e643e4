// Every audit event in plain words: what happened, and what it means.

import { thief } from './generations.mjs'
import { model } from './model.mjs'

export const levels = { info: 'Note', warning: 'Attention', critical: 'Alarm' }

const reasons = {
  signed_out: 'You signed out here.',
  signed_out_elsewhere: 'You ended this session from another device.',
  replaced: 'You signed in again on this device, and the session from before went with that.',
  evicted: 'There were too many sessions, and this was the oldest.',
  revoked: 'The application ended your session.',
  reused: 'A copy of your session token was presented, so the session ended for everybody who held it.',
  idle: 'You were not seen for too long.',
  absolute: 'It had lived as long as a session may.',
  expired: 'It had run out.',
  gone: 'It had ended before this page could ask why.',
}

/** Why a session ended, in one sentence. */
export function endWords(reason) {
  return reasons[reason] ?? 'It is over.'
}

/** What an event is called, and what it means. */
export function eventWords(event) {
  const explain = table[event.type]
  return explain ? explain(event) : { title: event.type, text: '' }
}

/** Whether an event was caused by the thief. */
export function isByThief({ device }) {
  return device === thief
}

function who({ device }) {
  return device === thief ? 'The thief' : 'The client'
}

function elsewhere({ sessionId }) {
  const own = model.session ?? model.former
  return own && own.id !== sessionId ? ' This is another one of your sessions.' : ''
}

const table = {
  'session.created': (event) => ({
    title: `Signed in with ${event.device ?? 'a device'}`,
    text: `A new session with a new id and a new secret.${elsewhere(event)}`,
  }),
  'session.confirmed': (event) => ({
    title: `Generation ${event.generation} is in use`,
    text: 'The server has seen the client use it, so it has arrived. The overlap begins to run.',
  }),
  'session.refreshed': (event) => ({
    title: `Generation ${event.generation} issued`,
    text: `${who(event)} exchanged the session token for its successor, which is pending until it is seen in use.`,
  }),
  'session.replayed': (event) => ({
    title: `Generation ${event.generation} handed out again`,
    text: `${who(event)} came with generation ${event.presented}: a second tab, or an answer that got lost. It gets the very same successor.`,
  }),
  'session.reused': (event) => ({
    title: `A copy was presented: generation ${event.presented}`,
    text: `${event.device === thief ? 'The thief' : 'Your browser'} came with it although generation ${event.generation} had been in use for longer than the overlap. Two holders are using one token, so the session ends for both.`,
  }),
  'session.ended': (event) => ({ title: 'Session ended', text: endWords(event.reason) }),
  'session.updated': (event) => ({
    title: `${event.changed.includes('claims') ? 'Claims' : 'Data'} changed`,
    text: 'Access tokens from before are not accepted any more; the next request gets a new one.',
  }),
  'session.superseded': () => ({
    title: 'An old token was refused',
    text: 'It was replaced by a step-up. Nothing ends.',
  }),
  'session.stepped_up': () => ({ title: 'Stepped up', text: 'The session is worth more than before.' }),
  'session.bound': () => ({
    title: 'Bound',
    text: 'It goes on with a key of its device, and without it not.',
  }),
  'session.unreadable': () => ({ title: 'A session could not be read', text: 'Its person signs in again.' }),
  'session.refused': () => ({ title: 'Sign-in refused', text: 'There are too many sessions already.' }),
  'csrf.rejected': () => ({ title: 'A request was refused', text: 'It may have come from another page.' }),
  'proof.rejected': () => ({
    title: 'A request was refused',
    text: 'Its sender does not have the key of the session.',
  }),
  'rate.limited': () => ({ title: 'Too many requests', text: 'This session has to wait a moment.' }),
}
