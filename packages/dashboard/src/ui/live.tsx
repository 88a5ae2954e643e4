import type { StreamState } from '../api/use-events.ts'

const words: Readonly<Record<StreamState, string>> = {
  connecting: 'connecting',
  live: 'live',
  interrupted: 'interrupted',
  closed: 'not live',
}

/** How a stream is. */
export function Live({ state }: { state: StreamState }) {
  return (
    <span className="live" data-state={state} role="status">
      {words[state]}
    </span>
  )
}
