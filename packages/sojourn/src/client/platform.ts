// What the client needs of the world around it, so that a test or a native app can bring its own: a way to send
// requests, two clocks, timers, a channel between tabs, and somebody who says when a sleeping page is awake again.
// This is the one file of the client that touches globals. Nothing is read from or written to storage.

/** The way to the other tabs, but not to oneself. */
export interface Channel {
  send(message: unknown): void
  close(): void
}

export interface Platform {
  readonly fetch: (request: Request) => Promise<Response>
  /** Milliseconds that never go back; they may stand still while the device sleeps. */
  readonly monotonic: () => number
  /** Milliseconds of the wall clock, however wrong it is: only differences are looked at. */
  readonly wall: () => number
  /** From 0 to 1, for spreading retries; nothing is kept secret by it. */
  readonly random: () => number
  /** Calls `fn` after that many milliseconds; returns what cancels it. */
  readonly after: (milliseconds: number, fn: () => void) => () => void
  /** The origin of the page; undefined where there is none. */
  readonly pageOrigin: string | undefined
  /** Calls `hear` with what others send; undefined where there are no tabs. */
  readonly openChannel: (name: string, hear: (message: unknown) => void) => Channel | undefined
  /** Calls `fn` when the page is seen, is back in the network, or was `restored` whole by Back. */
  readonly onWake: (fn: (restored: boolean) => void) => () => void
}

interface Target {
  addEventListener(type: string, listener: (event: unknown) => void): void
  removeEventListener(type: string, listener: (event: unknown) => void): void
}

const world = globalThis as {
  readonly location?: { readonly origin: string }
  readonly document?: Target & { readonly visibilityState: string }
  readonly BroadcastChannel?: unknown
} & Partial<Target>

/** The platform of this browser or runtime. */
export function systemPlatform(): Platform {
  const origin = world.location?.origin
  return {
    fetch: (request) => fetch(request),
    monotonic: () => performance.now(),
    wall: wallClock,
    random: () => Math.random(),
    after(milliseconds, fn) {
      const timer = setTimeout(fn, milliseconds)
      return () => clearTimeout(timer)
    },
    pageOrigin: origin === 'null' ? undefined : origin,
    openChannel,
    onWake,
  }
}

function openChannel(name: string, hear: (message: unknown) => void): Channel | undefined {
  // Between processes of a server there is nobody to keep in step.
  if (!world.document || !world.BroadcastChannel) return undefined
  const channel = new BroadcastChannel(name)
  channel.addEventListener('message', (event) => hear((event as { readonly data?: unknown }).data))
  return {
    // It has no other target than its own origin.
    // oxlint-disable-next-line unicorn/require-post-message-target-origin
    send: (message) => channel.postMessage(message),
    close: () => channel.close(),
  }
}

function onWake(fn: (restored: boolean) => void): () => void {
  const { document } = world
  const seen = (): void => {
    if (document?.visibilityState !== 'hidden') fn(false)
  }
  const shown = (event: unknown): void => fn((event as { persisted?: boolean }).persisted === true)
  const heard = (
    [
      [document, 'visibilitychange', seen],
      [document, 'resume', seen],
      [world, 'pageshow', shown],
      [world, 'focus', seen],
      [world, 'online', seen],
    ] as const
  ).flatMap(([target, type, listener]) =>
    methodOf(target, 'addEventListener') ? [[target, type, listener] as const] : [],
  )
  const each = (name: keyof Target): void => {
    for (const [target, ...what] of heard) methodOf(target, name)?.apply(target, what)
  }
  each('addEventListener')
  return () => each('removeEventListener')
}

// From the prototype where there is one: an element of that name in a page hides what the document itself has.
function methodOf(target: Partial<Target> | undefined, name: keyof Target): Target[keyof Target] | undefined {
  return target && ((Object.getPrototypeOf(target) as Partial<Target> | null)?.[name] ?? target[name])
}

/** What the clock on the wall shows. It may be wrong: good for showing people a time, never for deciding. */
export function wallClock(): number {
  return Date.now()
}

/** The instant that an RFC 3339 timestamp names. */
export function instantOf(timestamp: string): number {
  return Date.parse(timestamp)
}
