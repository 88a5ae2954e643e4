// What an application makes of somebody who signs in: of altered, unsigned, old and planted credentials, of a request from
// another site, of a refresh, and of a sign-out. The credentials of the person are used and never kept.

import { altered, readJwt, unsigned } from './jwt.ts'
import { csrfTokenIn, signInWith, type Plan } from './sign-in.ts'
import { Visitor, type Answer, type Site } from './visitor.ts'

/** Whether a page was shown as to somebody who is signed in; undefined where that cannot be told. */
export type Sight = boolean | undefined

export interface Credential {
  readonly name: string
  readonly value: string
  readonly kind: 'cookie' | 'bearer'
}

export interface SignedIn {
  readonly status: number
  readonly isIn: Sight
  readonly issued: readonly Credential[]
  /** Those that show the page by themselves. */
  readonly powerful: readonly Credential[]
  /** What the same names held at every sign-in. */
  readonly values: Readonly<Record<string, readonly string[]>>
  readonly altered: readonly Tried[]
  readonly unsigned: readonly Tried[]
  readonly expired: readonly Tried[]
  /** Whether what was there before the sign-in shows the page after it. */
  readonly fixed: { readonly before: Sight; readonly planted: Sight; readonly hadAny: boolean }
  /** What a state change said without a CSRF token, from another site. */
  readonly crossSite: CrossSite | undefined
  readonly refreshed: { readonly status: number; readonly hasChanged: boolean } | undefined
  readonly signedOut:
    | { readonly status: number; readonly isStillIn: Sight; readonly kept: readonly string[] }
    | undefined
}

interface CrossSite {
  readonly what: string
  readonly status: number
  readonly isStillIn: Sight
  readonly isSignOut: boolean
}

export interface Tried {
  readonly name: string
  readonly isIn: Sight
}

type Pages = readonly [Answer, Answer]
type IsIn = (answer: Answer) => Sight

/** Signs in three times, tries what must not work, and signs out. Rejects if the application does not let the doctor in. */
export async function observeSignedIn(site: Site, plan: Plan, visitors: Pages): Promise<SignedIn> {
  // Three sign-ins: with what the application gave before, without anything, and with what a thief has planted.
  const first = await signInFresh(site, plan)
  const second = await signInFresh(site, plan)
  const page = (cookies: Iterable<readonly [string, string]>, bearer?: string): Promise<Answer> => {
    const one = new Visitor(site, cookies)
    one.bearer = bearer
    return one.ask('GET', plan.page)
  }
  const asSignedIn = [
    await page(second.visitor.cookies, second.visitor.bearer),
    await page(second.visitor.cookies, second.visitor.bearer),
  ] as const
  const isIn = sightOf(visitors, asSignedIn)
  const show = async ({ kind, name, value }: Credential): Promise<Sight> =>
    isIn(kind === 'bearer' ? await page([], value) : await page([[name, value]]))

  const powerful = await filtered(second.issued, async (one) => (await show(one)) === true)
  const planted = first.issued.filter(({ kind }) => kind === 'cookie').map(plant)
  const third = await signInFresh(site, plan, planted)
  const before = [...first.before]
  const isFixedBefore = before.length > 0 && isIn(await page(before))
  const isFixedPlanted = planted.length > 0 && isIn(await page(planted))
  const tampered = await tamper(powerful, show)
  const crossSite = await tryCrossSite(second.visitor, plan, isIn)
  const refreshed = plan.refresh && (await refresh(first.visitor, plan))
  return {
    status: second.answer.status,
    isIn: isIn(asSignedIn[1]),
    issued: second.issued,
    powerful,
    values: valuesOf([
      first.issued,
      second.issued,
      third.issued.filter(({ value }) => !value.startsWith(invented)),
    ]),
    ...tampered,
    fixed: { before: isFixedBefore, planted: isFixedPlanted, hadAny: before.length + planted.length > 0 },
    crossSite,
    refreshed,
    signedOut: plan.signOut && (await signOut(first.visitor, plan, isIn)),
  }
}

/** Tells pages for visitors from those for the signed-in by their status or, where each is always the same, their text. */
function sightOf([stranger, again]: Pages, [mine, mineAgain]: Pages): IsIn {
  const isGood = ({ status }: Answer): boolean => status >= 200 && status < 300
  if (!isGood(stranger)) return isGood
  const areSteady =
    stranger.body === again.body && mine.body === mineAgain.body && mine.body !== stranger.body
  if (!areSteady) return () => undefined
  return ({ body }) => (body === mine.body ? true : body === stranger.body ? false : undefined)
}

interface Entered {
  readonly visitor: Visitor
  readonly answer: Answer
  readonly before: ReadonlyMap<string, string>
  readonly issued: readonly Credential[]
}

async function signInFresh(
  site: Site,
  plan: Plan,
  planted: readonly (readonly [string, string])[] = [],
): Promise<Entered> {
  const visitor = new Visitor(site, planted)
  await visitor.ask('GET', plan.page)
  const before = new Map(visitor.cookies)
  const answer = await signInWith(visitor, plan)
  if (answer.status >= 400)
    throw new Error(
      `${plan.signIn?.method} ${answer.path} answers ${answer.status}: the doctor is not let in.`,
    )
  const cookies = [...visitor.cookies].map(([name, value]) => ({ name, value, kind: 'cookie' }) as const)
  const bearer = visitor.bearer === undefined ? [] : [bearerNamed(visitor.bearer)]
  return { visitor, answer, before, issued: [...cookies, ...bearer] }
}

const bearerNamed = (value: string): Credential => ({ name: 'access token', value, kind: 'bearer' })

const invented = 'doctor000'

// An id that the application has never given, of the usual length.
function plant({ name, value }: Credential): readonly [string, string] {
  return [name, invented.padEnd(Math.max(26, Math.min(70, value.length)), '0')]
}

async function tamper(
  powerful: readonly Credential[],
  show: (one: Credential) => Promise<Sight>,
): Promise<Pick<SignedIn, 'altered' | 'unsigned' | 'expired'>> {
  const tried = async (value: (one: Credential) => string | undefined): Promise<readonly Tried[]> => {
    const results: Tried[] = []
    for (const one of powerful) {
      const other = value(one)
      if (other !== undefined) results.push({ name: one.name, isIn: await show({ ...one, value: other }) })
    }
    return results
  }
  const jwtOf = ({ value }: Credential) => readJwt(value)
  const without = (one: Credential, claims?: Readonly<Record<string, unknown>>): string | undefined => {
    const jwt = jwtOf(one)
    return jwt && unsigned(jwt, claims)
  }
  const none = await tried((one) => without(one))
  return {
    altered: await tried(({ value }) => altered(value)),
    unsigned: none,
    // Only who takes an unsigned token can be shown one that has run out.
    expired: none.some(({ isIn }) => isIn) ? await tried((one) => without(one, { exp: 1_000_000_000 })) : [],
  }
}

async function tryCrossSite(visitor: Visitor, plan: Plan, isIn: IsIn): Promise<SignedIn['crossSite']> {
  const change = plan.change ?? plan.signOut
  // A browser adds no bearer token by itself.
  if (!change || visitor.bearer !== undefined) return undefined
  const kept = [...visitor.cookies]
  const { status } = await visitor.ask(change.method, change.path, {
    headers: {
      origin: 'https://attacker.example',
      'sec-fetch-site': 'cross-site',
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: '',
  })
  visitor.cookies.clear()
  for (const [name, value] of kept) visitor.cookies.set(name, value)
  const isStillIn = isIn(await visitor.ask('GET', plan.page))
  const what = `${change.method} ${new URL(change.path, 'http://x').pathname}`
  return { what, status, isStillIn, isSignOut: change === plan.signOut }
}

async function refresh(visitor: Visitor, plan: Plan): Promise<SignedIn['refreshed']> {
  const before = new Map(visitor.cookies)
  const { status } = await askWithToken(visitor, plan, plan.refresh!)
  return { status, hasChanged: [...visitor.cookies].some(([name, value]) => before.get(name) !== value) }
}

async function signOut(visitor: Visitor, plan: Plan, isIn: IsIn): Promise<SignedIn['signedOut']> {
  await visitor.ask('GET', plan.page)
  const before = [...visitor.cookies]
  const { bearer } = visitor
  const { status } = await askWithToken(visitor, plan, plan.signOut!)
  const old = new Map(before)
  const kept = [...visitor.cookies].filter(([name, value]) => old.get(name) === value).map(([name]) => name)
  visitor.cookies.clear()
  for (const [name, value] of before) visitor.cookies.set(name, value)
  visitor.bearer = bearer
  return { status, isStillIn: isIn(await visitor.ask('GET', plan.page)), kept }
}

async function askWithToken(
  visitor: Visitor,
  plan: Plan,
  { method, path }: NonNullable<Plan['signOut']>,
): Promise<Answer> {
  const csrf = await csrfTokenIn(visitor, plan)
  if (csrf?.field === undefined)
    return visitor.ask(method, path, csrf ? { headers: { 'x-csrf-token': csrf.token } } : {})
  return visitor.ask(method, path, {
    headers: { 'x-csrf-token': csrf.token, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ [csrf.field]: csrf.token }).toString(),
  })
}

function valuesOf(sets: readonly (readonly Credential[])[]): SignedIn['values'] {
  const values: Record<string, string[]> = {}
  for (const { name, value } of sets.flat()) (values[name] ??= []).push(value)
  return values
}

async function filtered<T>(items: readonly T[], keep: (item: T) => Promise<boolean>): Promise<readonly T[]> {
  const kept: T[] = []
  for (const item of items.slice(0, 6)) if (await keep(item)) kept.push(item)
  return kept
}
