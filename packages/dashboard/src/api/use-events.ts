// The events of the server as they happen. The browser connects again by itself after an interruption, and is told what
// it has missed; once the session is over the stream ends and stays closed.

import { useEffect, useRef, useState } from 'react'

import { base } from './client.ts'
import { eventTypes } from './event-types.ts'
import type { AuditRecord } from './types.ts'

export type StreamState = 'connecting' | 'live' | 'interrupted' | 'closed'

/** Calls `hear` for every event while `isOn`; tells how the stream is. */
export function useEvents(hear: (event: AuditRecord) => void, isOn = true): StreamState {
  const [state, setState] = useState<StreamState>('connecting')
  const latest = useRef(hear)
  useEffect(() => {
    latest.current = hear
  })
  useEffect(() => {
    if (!isOn) return
    const source = new EventSource(`${base}/api/events`)
    const take = (message: MessageEvent<string>): void =>
      latest.current(JSON.parse(message.data) as AuditRecord)
    for (const type of eventTypes) source.addEventListener(type, take)
    source.addEventListener('open', () => setState('live'))
    source.addEventListener('error', () =>
      setState(source.readyState === EventSource.CLOSED ? 'closed' : 'interrupted'),
    )
    return () => source.close()
  }, [isOn])
  return isOn ? state : 'closed'
}
