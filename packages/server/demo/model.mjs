// What the page knows. Everything in it comes from the server; the views draw it, and never change it.

export const model = {
  /** Milliseconds by which the server's clock is ahead of this one. */
  offset: 0,
  policy: undefined,
  people: [],
  /** The caller's session: undefined until the server has told, null for a visitor. */
  session: undefined,
  /** The session that was there before, and why it ended. */
  former: undefined,
  ended: undefined,
  devices: [],
  /** Audit events, oldest first. */
  events: [],
  /** `opening`, `live`, `lost` or `closed`. */
  stream: 'closed',
  /** The thief: its handle, what it holds, whether it was caught. */
  thief: undefined,
  /** A guided run or an experiment is under way: the page sends nothing by itself. */
  isQuiet: false,
  /** A guided run is under way: there is nothing to press. */
  isGuided: false,
  trouble: undefined,
  /** The server did not answer the last time. */
  isDown: false,
}

const views = new Set()
let isDue = false

/** Calls `view` now and after every change. */
export function draw(view) {
  views.add(view)
  view()
}

/** Changes what the page knows; the views follow together. */
export function change(changes) {
  Object.assign(model, changes)
  if (isDue) return
  isDue = true
  queueMicrotask(() => {
    isDue = false
    for (const view of views) view()
  })
}

/** What time it is for the server. */
export function now() {
  return Date.now() + model.offset
}

/** The session to show: the caller's, or the one that has just ended. */
export function shownSession() {
  return model.session ?? model.former
}
