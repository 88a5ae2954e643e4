// The engine's use of the risk rules: what a note is compared with, what the policy makes of it, and who is told.

import type { RiskNote } from './events.ts'
import { about, listLive, type Engine, type Kept } from './engine.ts'
import { riskOfChange, riskOfSignIn, type Risk, type Sight } from './risk.ts'
import type { RiskSettings } from './risk-options.ts'
import type { Device, Session } from './session.ts'
import type { Instant } from './time.ts'

/** What is unusual, and what the policy makes of it. */
export interface Assessment extends Risk {
  readonly outcome: RiskNote['outcome']
  readonly device: Device
  /** What it was compared with. */
  readonly former?: Device
}

/** What is unusual about a refresh from this device; undefined for nothing. Asks no store. */
export function assessRefresh(
  risk: RiskSettings,
  session: Session,
  device: Device | undefined,
  now: Instant,
): Assessment | undefined {
  if (device === undefined) return undefined
  const former = lastDevice(session)
  if (former.userAgent === device.userAgent && former.ip === device.ip) return undefined
  // The former device was seen when the newest generation was issued.
  const before = sightOf(risk, former, session.issuedAt)
  const found = riskOfChange(before, sightOf(risk, device, now))
  if (!found) return undefined
  const outcome = found.score >= risk.endAt ? 'ended' : found.score >= risk.stepUpAt ? 'doubted' : 'noted'
  return { ...found, outcome, device, former }
}

/** What is unusual about a sign-in beside the other sessions of its subject; undefined for nothing. */
function assessSignIn(
  risk: RiskSettings,
  session: Session,
  others: readonly Session[],
  isKnown: boolean | undefined,
): Assessment | undefined {
  const { device, createdAt } = session
  const sights = others
    .filter(({ id }) => id !== session.id)
    .map((other) =>
      sightOf(risk, lastDevice(other), Math.min(createdAt, Math.max(other.issuedAt, other.lastSeenAt))),
    )
  const found = riskOfSignIn(sightOf(risk, device, createdAt), sights, isKnown)
  return found && { ...found, outcome: found.score >= risk.stepUpAt ? 'doubted' : 'noted', device }
}

// Who said nothing of themselves at the latest refresh is not taken for who signed in.
function lastDevice({ device, lastSeenFrom }: Session): Device {
  if (lastSeenFrom === undefined) return device
  const { userAgent: _, ip: __, ...rest } = device
  return { ...rest, ...lastSeenFrom }
}

function sightOf({ locate }: RiskSettings, device: Device, at: Instant): Sight {
  return { device, at, place: locate(device.ip) }
}

/** Compares a sign-in before its answer, where the policy may ask for a step-up. */
export async function assessFirst<Claims, Data>(
  engine: Engine<Claims, Data>,
  { session, owner }: Kept<Claims, Data>,
  isKnown: boolean | undefined,
  now: Instant,
): Promise<Assessment | undefined> {
  const { risk } = engine.settings
  if (session.subject === undefined || !mayDoubt(risk)) return undefined
  const needed = needsOthers(risk, isKnown)
  const others = needed ? await listLive(engine, owner, session.subject, now) : []
  return assessSignIn(risk, session, others, isKnown)
}

/**
 * Compares it otherwise once its answer is on the way, and tells. `live` is what was listed for the limit; without it, it is a
 * read of the store for which nobody waits.
 */
export function assessAfter<Claims, Data>(
  engine: Engine<Claims, Data>,
  { session, owner }: Kept<Claims, Data>,
  { live, isKnown }: { readonly live: readonly Session[] | undefined; readonly isKnown: boolean | undefined },
  now: Instant,
): void {
  const { risk } = engine.settings
  if (session.subject === undefined || mayDoubt(risk)) return
  const tell = (others: readonly Session[]): void =>
    tellRisk(engine, session, assessSignIn(risk, session, others, isKnown), now)
  if (!needsOthers(risk, isKnown)) tell([])
  else if (live) tell(live)
  // The sign-in has been answered: that it could not be compared fails nobody.
  else
    listLive(engine, owner, session.subject, now)
      .then(tell)
      .catch(() => tellFailure(engine, now))
}

function mayDoubt({ stepUpAt }: RiskSettings): boolean {
  return stepUpAt !== Infinity
}

// Who knows the device, and no place, needs no other session to compare it with.
function needsOthers({ comparesSignIns, knowsPlaces }: RiskSettings, isKnown: boolean | undefined): boolean {
  return comparesSignIns && (isKnown === undefined || knowsPlaces)
}

/** The session as the assessment leaves it; the same value where that changes nothing. */
export function marked<S extends Session>(session: S, risk: Assessment | undefined): S {
  return risk?.outcome === 'doubted' && !session.isDoubted ? { ...session, isDoubted: true } : session
}

/** Tells of an assessment, if there is one. */
export function tellRisk<Claims, Data>(
  engine: Engine<Claims, Data>,
  session: Session<Claims, Data>,
  assessment: Assessment | undefined,
  now: Instant,
): void {
  if (!assessment) return
  const { score, signals } = assessment
  const note: RiskNote = {
    type: 'risk.noted',
    level: score >= alarming ? 'warning' : 'info',
    ...about(session, now),
    ...assessment,
  }
  engine.tell(note)
  if (signals.some(({ kind }) => kind === 'new_device')) callHook(engine, note)
}

const alarming = 50

function callHook<Claims, Data>(engine: Engine<Claims, Data>, note: RiskNote): void {
  const failed = (): void => tellFailure(engine, note.at)
  try {
    Promise.resolve(engine.settings.risk.onNewDevice?.(note)).catch(failed)
  } catch {
    failed()
  }
}

function tellFailure<Claims, Data>({ tell }: Engine<Claims, Data>, at: Instant): void {
  tell({ type: 'listener.failed', level: 'warning', at, event: 'risk.noted' })
}
