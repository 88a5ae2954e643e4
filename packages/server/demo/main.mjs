// The page's beginning: put the views up, ask who is there, and keep the session going.

import { keepGoing, refreshState } from './actions.mjs'
import { showEvents } from './event-view.mjs'
import { showExperiments } from './experiments.mjs'
import { showSession } from './session-view.mjs'
import { showStrand } from './strand.mjs'
import { showTheft } from './theft-view.mjs'

showSession()
showStrand()
showEvents()
showExperiments()
showTheft()

await refreshState()
setInterval(() => void keepGoing(), 250)
document.addEventListener('visibilitychange', () => void keepGoing())
