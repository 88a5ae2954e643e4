// The live audit events. The browser keeps the stream open by itself; the server ends it when the session ends.

import { askLater, ended, listDevices, refreshState } from './actions.mjs'
import { change, model } from './model.mjs'

const mostEvents = 80
// Long enough to see that a generation is pending before the next request confirms it.
const lookAfter = 1500

let source
let look

export function openStream() {
  source?.close()
  const stream = new EventSource('/demo/events')
  source = stream
  change({ stream: 'opening' })
  stream.addEventListener('told', ({ data }) => told(JSON.parse(data)))
  stream.addEventListener('live', () => change({ stream: 'live' }))
  stream.addEventListener('over', ({ data }) => {
    stream.close()
    const { sessionId, reason } = JSON.parse(data)
    if (model.session?.id === sessionId) ended(reason)
    // Another tab has signed in: this one goes along.
    if (reason === 'replaced') void refreshState()
  })
  stream.addEventListener('error', () => {
    if (source !== stream || model.session === null) return
    // One that is refused stays closed; the next answer of the server opens another.
    const isRefused = stream.readyState === EventSource.CLOSED
    if (isRefused) askLater()
    change({ stream: isRefused ? 'closed' : 'lost' })
  })
}

function told(event) {
  if (model.events.some(({ id }) => id === event.id)) return
  change({ events: [...model.events, event].slice(-mostEvents) })
  const isOwn = event.sessionId === model.session?.id
  if (isOwn && ['session.refreshed', 'session.updated'].includes(event.type)) lookSoon()
  if (!isOwn && event.type === 'session.created') lookSoon()
  if (!isOwn && event.type === 'session.ended')
    change({ devices: model.devices.filter(({ id }) => id !== event.sessionId) })
}

// What an application does next: another request, with the new access token.
function lookSoon() {
  clearTimeout(look)
  look = setTimeout(() => void lookNow(), lookAfter)
}

async function lookNow() {
  if (model.isQuiet) return
  await refreshState({ background: true })
  await listDevices()
}
