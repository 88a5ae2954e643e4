// What one running server knows of itself.

import type { Listener, SojournEvent } from 'sojourn'

type Sweep = Extract<SojournEvent, { type: 'sweep.finished' }>

export interface Life {
  isStopping: boolean
  lastSweep: Sweep | undefined
  /** For `listeners` of the Sojourn. */
  readonly listener: Listener
}

export function newLife(): Life {
  const life: Life = {
    isStopping: false,
    lastSweep: undefined,
    listener: (event) => {
      if (event.type === 'sweep.finished') life.lastSweep = event
    },
  }
  return life
}
