// The one object. It reads, decides by the rules in session.ts, replaces, and tells; every verb has a file in verbs/.

import type { Access } from './access-token.ts'
import type { Jwk } from './algorithms.ts'
import { issueCsrfToken, isCsrfToken } from './csrf-token.ts'
import type { ChallengeUse } from './dbsc/challenge.ts'
import type { DeviceAlgorithm } from './dbsc/proof.ts'
import { issueNonce } from './dpop/nonce.ts'
import { prove, type ProofRequest, type Proven } from './dpop/prove.ts'
import { announce, findKept, sessionsIn, startEngine, type Engine } from './engine.ts'
import type { Actor, EndReason, Listener } from './events.ts'
import type { Issued } from './issued.ts'
import type { Watcher } from './live.ts'
import { readOptions, type Settings, type SojournOptions } from './options.ts'
import type { Facts } from './schema.ts'
import { claimSecrets, ownersOf } from './secret-claims.ts'
import { expiry, type Idp, type Session } from './session.ts'
import { ownerOf, readSessionToken } from './session-token.ts'
import type { KeyInfo } from './signing-keys.ts'
import { signForOthers, type ForeignType } from './signed-jwt.ts'
import type { ServedStatusList } from './status-lists.ts'
import { orUnavailable } from './store-guard.ts'
import { isMeasurable } from './store.ts'
import { every } from './system.ts'
import type { Instant, Milliseconds } from './time.ts'
import { bindDevice, challengeFor, refreshBound } from './verbs/bind.ts'
import { browse, type Browsing, type Page } from './verbs/browse.ts'
import { create, type SignIn } from './verbs/create.ts'
import { dropDataKey, renewDataKeys, rotateDataKey } from './verbs/data-keys.ts'
import type { Dropped, Renewed, RenewOptions } from './verbs/data-keys.ts'
import { bringFormer, endAbsent, handOver, type Brought, type FormerSession } from './verbs/former.ts'
import { introspect, type Introspection } from './verbs/introspect.ts'
import { refresh, stepUp, type RefreshOptions } from './verbs/refresh.ts'
import { retain } from './verbs/retain.ts'
import { backlog, sweep, type SweepOptions, type Swept } from './verbs/sweep.ts'
import { revoke, revokeAll, revokeMatching, type Matching } from './verbs/revoke.ts'
import { revokeSignedInBy } from './verbs/revoke-signed-in-by.ts'
import { forgetSubject, isSessionOf, keptOf, type Forgotten, type KeptOfSubject } from './verbs/subject.ts'
import { update, type Change, type UpdateOptions } from './verbs/update.ts'
import { authenticate, known, verify, type Authentication } from './verbs/verify.ts'

/** Sessions for a backend. Any number of them may live in one process: nothing is shared but what they are given. */
export interface Sojourn<Claims = Facts, Data = Facts> {
  readonly settings: Settings<Claims, Data>
  /** Starts a session with a new id. Rejects with `claims_invalid`, `session_limit` or `store_unavailable`. */
  create(signIn: SignIn<Claims, Data>): Promise<Issued<Claims, Data>>
  /** Exchanges a session token for its successor; see docs/guides/refresh.md for what it may reject with. */
  refresh(sessionToken: string, options?: RefreshOptions): Promise<Issued<Claims, Data>>
  /** Raises what a session is good for, after its person has proved more. Same id; earlier generations do not get it. */
  stepUp(
    sessionToken: string,
    proof: { readonly amr: readonly string[]; readonly acr?: string },
  ): Promise<Issued<Claims, Data>>
  /** Changes claims or data by function, however many others do so at once. */
  update(id: string, change: Change<Claims, Data>, options?: UpdateOptions): Promise<Session<Claims, Data>>
  /** The live session of that id. */
  find(id: string): Promise<Session<Claims, Data> | undefined>
  /** The live sessions of a subject, last seen first. */
  list(subject: string): Promise<readonly Session<Claims, Data>[]>
  /** All live sessions, or those of a tenant, page by page. Reads the whole store. */
  browse(browsing?: Browsing): Promise<Page<Claims, Data>>
  /** The id of the session that a session token names, live or not; undefined if the token was not made by us. */
  idOf(sessionToken: string): string | undefined
  /**
   * Ends a session, access tokens included, on every node. Resolves to false if it had ended already. `actor`: who does it,
   * for the events; so with the others.
   */
  revoke(id: string, reason?: EndReason, actor?: Actor): Promise<boolean>
  /** Ends all sessions of a subject but `except`. Resolves to the ids of those that were there. */
  revokeAll(subject: string, except?: string, reason?: EndReason, actor?: Actor): Promise<readonly string[]>
  /**
   * Ends the sessions that an identity provider has signed in: by its `sid` those of that one session, by its subject alone
   * all of that person. Resolves to the ids of those that were there. Default reason: `signed_out_at_provider`.
   */
  revokeSignedInBy(idp: Idp, reason?: EndReason): Promise<readonly string[]>
  /** Ends all sessions of a tenant, or all that began before an instant. Reads the whole store. */
  revokeMatching(matching: Matching): Promise<number>
  /**
   * Verifies an access token without the store. Rejects with `token_rejected`. One that is bound to a key (`jkt`) is good
   * only with the `DPoP` header of its request, whose proof is noted in the store: rejects with `dpop_proof_invalid` or
   * `dpop_nonce_required`. With `request` an access token that is not bound is refused (RFC 9449 §7.1).
   */
  verify(accessToken: string, request?: ProofRequest): Promise<Access<Claims>>
  /** Asks the store what an access token or a session token is worth now. */
  introspect(token: string): Promise<Introspection<Claims, Data>>
  /** Removes what has expired, in small batches; stops after `budget` milliseconds. Default: 10,000. */
  sweep(options?: SweepOptions): Promise<Swept>
  /**
   * Takes out of live sessions what has been kept for long enough (`retention`); `startSweeper` does it once an hour. Resolves
   * to how many. Reads the whole store.
   */
  retain(goOn?: () => Promise<boolean>): Promise<number>
  /**
   * How many expired entries wait for a sweep; 0 where the store forgets by itself. Counted up to 10,000, so it is over in
   * milliseconds whatever there is: as many mean that there are as many or more.
   */
  backlog(): Promise<number>
  /** The status list of that name, as it is served; undefined if there is none. Rejects with `store_unavailable`. */
  statusList(name: string): Promise<ServedStatusList | undefined>
  /** How much the store holds, where it can say so. */
  stats(): Promise<{ readonly live: number; readonly expired: number; readonly bytes: number } | undefined>
  /** For how many milliseconds this node may not have heard of a revocation elsewhere. */
  feedLag(): Milliseconds
  /** Moving in from another session layer: see docs/guides/express-session.md. */
  readonly former: {
    /** Brings one of its sessions in, or up to date; it may be called again, and again after a crash. */
    bring(session: FormerSession<Claims, Data>): Promise<Brought>
    /** The credentials for whoever shows a former session id; undefined where it leads to no session that lives. */
    handOver(
      name: string,
      options?: Pick<RefreshOptions, 'background' | 'device'>,
    ): Promise<Issued<Claims, Data> | undefined>
    /** Ends what was brought from a source and is not among `marks` any more. Reads the whole store. */
    endAbsent(source: string, marks: ReadonlySet<string>): Promise<number>
  }
  /** Everything that the store keeps about one subject. With the audit trail: `exportSubject` and `eraseSubject`. */
  readonly subjects: {
    /** Hands it out, one thing after the other, expired sessions included. Reads the whole store. */
    kept(subject: string): AsyncIterable<KeptOfSubject<Claims, Data>>
    /** Ends all their sessions on every node and removes everything. It may be called again. Reads the whole store. */
    forget(subject: string, actor?: Actor): Promise<Forgotten>
    /** Whether a session id is one of theirs, whether it lives or not. */
    owns(subject: string, id: string): boolean
  }
  /** Whose the secrets are, in a store that several environments might share. */
  readonly secrets: {
    /**
     * Call it at the start, once: notes in the store that the secrets belong to this environment, and rejects with
     * `config_invalid` where one of them belongs to another. `takeOver`: the environment was renamed.
     */
    claim(options?: { readonly takeOver?: boolean }): Promise<void>
    /** The environment to which each belongs, the newest first; undefined where none has claimed it. */
    owners(): Promise<readonly (string | undefined)[]>
  }
  readonly keys: {
    /** The public keys as a JWK set (RFC 7517 §5); empty with HS256. */
    jwks(): Promise<{ readonly keys: readonly Jwk[] }>
    list(): Promise<readonly KeyInfo[]>
    /** Brings the next key; with `atOnce`, ends every token that earlier keys have signed. */
    rotate(options?: { readonly atOnce?: boolean }): Promise<void>
    /**
     * Signs claims that are meant for others, as a JWT of this type, with the key of access tokens. Rejects with
     * `config_invalid` where the algorithm is HS256, which nobody else can verify.
     */
    sign(typ: ForeignType, claims: Readonly<Record<string, unknown>>): Promise<string>
  }
  /** The keys under which data is encrypted: see docs/guides/data-encryption.md. */
  readonly dataKeys: {
    /** Makes the data of a subject unreadable for ever, and ends its sessions; where data is not encrypted, the latter. */
    drop(subject: string, actor?: Actor): Promise<Dropped>
    /** A new key for whatever is written of a subject from now on. Resolves to false if it has none. */
    rotate(subject: string): Promise<boolean>
    /** Brings everything under the newest secret and the newest keys, in pages; goes on where the last call stopped. */
    renew(options?: RenewOptions): Promise<Renewed>
  }
  readonly dbsc: {
    /** A challenge for the next proof of a session. */
    challenge(use: ChallengeUse): string
    /** Binds the session of a cookie to the key in a proof. Rejects with `device_proof_invalid`, or as `refresh` does. */
    bind(
      sessionToken: string,
      proof: string | undefined,
      algorithms: readonly DeviceAlgorithm[],
    ): Promise<Issued<Claims, Data>>
    /** Refreshes a bound session. Rejects with `device_challenge_required`, `device_proof_invalid`, or as `refresh` does. */
    refresh(
      sessionToken: string,
      proof: string | undefined,
      options: RefreshOptions,
    ): Promise<Issued<Claims, Data>>
  }
  readonly dpop: {
    /** Checks the proof of a request and uses it up. Rejects with `dpop_proof_invalid` or `dpop_nonce_required`. */
    prove(request: ProofRequest): Promise<Proven>
    /** A nonce for the `DPoP-Nonce` header. */
    nonce(): string
  }
  readonly csrf: {
    /** A CSRF token bound to a session id, or to the pre-session cookie of a visitor. */
    issue(binding: string): string
    check(token: string, binding: string): boolean
  }
  /**
   * For adapters: an access token that was verified here before; whether its key was proved (`jkt`) is the adapter's to
   * ask. Undefined says nothing but "authenticate it".
   */
  known(accessToken: string, now: Instant, background?: boolean): Access<Claims> | undefined
  /** For adapters on nodes that share the store: as `known`, and confirms the generation at first sight. */
  authenticate(accessToken: string, now: Instant, background?: boolean): Promise<Authentication<Claims>>
  /** For adapters: when the person of an access token was last seen with it on this node. */
  lastSeen(accessToken: string): Instant | undefined
  /**
   * Watches the session of an authenticated access token for something that stays open. Hears of its end on any node as
   * soon as the feed tells, and of its expiry. Gives the function that ends the watching.
   */
  watch(access: Access<Claims>, watcher: Watcher<Claims, Data>): () => void
  /** For adapters: tells the listeners of an event. */
  readonly tell: Listener
  /** Stops following the feed. The store is closed by whoever opened it. */
  close(): void
}

/** Makes a Sojourn. Throws one `config_invalid` that lists every fault of the configuration. */
export function createSojourn<Claims = Facts, Data = Facts>(
  options: SojournOptions<Claims, Data>,
): Sojourn<Claims, Data> {
  const settings = readOptions(options)
  const engine = startEngine(settings)
  const { clock, policy, issuer, random } = settings
  const stopLooking = every(lookEvery(settings.feedPatience), () => void engine.live.look())
  return {
    settings,
    tell: engine.tell,
    create: (signIn) => create(engine, signIn),
    refresh: (sessionToken, refreshOptions) => refresh(engine, sessionToken, refreshOptions),
    stepUp: (sessionToken, proof) => stepUp(engine, sessionToken, proof),
    update: (id, change, updateOptions) => update(engine, id, change, updateOptions),
    find: (id) => find(engine, id),
    list: async (subject) => {
      const now = clock()
      const sessions = await sessionsIn(engine, await engine.store.list(ownerOf(issuer, subject)))
      const live = sessions.filter((one) => one.subject === subject && !expiry(one, now, policy))
      return live.sort((a, b) => b.lastSeenAt - a.lastSeenAt || (a.id < b.id ? -1 : 1))
    },
    browse: (browsing = {}) => browse(engine, browsing),
    idOf: (sessionToken) => readSessionToken(sessionToken, settings.keys)?.sessionId,
    revoke: (id, reason = 'revoked', actor) => revoke(engine, id, reason, actor),
    revokeAll: (subject, except, reason = 'revoked', actor) =>
      revokeAll(engine, subject, { except, reason, actor }),
    statusList: async (name) => engine.statusLists?.serve(name, clock()),
    revokeSignedInBy: (idp, reason = 'signed_out_at_provider') => revokeSignedInBy(engine, idp, reason),
    revokeMatching: (matching) => revokeMatching(engine, matching),
    verify: (accessToken, request) => verify(engine, accessToken, request),
    introspect: (token) => introspect(engine, token),
    sweep: (limits) => sweep(engine, limits),
    backlog: () => backlog(engine),
    retain: (goOn) => retain(engine, goOn),
    stats: async () => stats(engine),
    feedLag: () => {
      const now = clock()
      return Math.max(0, now - engine.subscription.upToDateAt(now))
    },
    former: {
      bring: (session) => bringFormer(engine, session),
      handOver: (name, handing = {}) => handOver(engine, name, handing),
      endAbsent: (source, marks) => endAbsent(engine, source, marks),
    },
    subjects: {
      kept: (subject) => keptOf(engine, subject),
      forget: (subject, actor) => forgetSubject(engine, subject, actor),
      owns: (subject, id) => isSessionOf(issuer, subject)(id),
    },
    secrets: {
      claim: ({ takeOver = false } = {}) =>
        claimSecrets({ ...settings, store: engine.store }, clock(), takeOver),
      owners: () => ownersOf({ ...settings, store: engine.store }),
    },
    keys: keysOf(engine),
    dataKeys: {
      drop: (subject, actor) => dropDataKey(engine, subject, actor),
      rotate: (subject) => rotateDataKey(engine, subject),
      renew: (renewing) => renewDataKeys(engine, renewing),
    },
    dbsc: {
      challenge: (use) => challengeFor(engine, use),
      bind: (sessionToken, proof, algorithms) => bindDevice(engine, sessionToken, proof, algorithms),
      refresh: (sessionToken, proof, refreshOptions) =>
        refreshBound(engine, sessionToken, proof, refreshOptions),
    },
    dpop: {
      prove: (request) => prove(engine, request),
      nonce: () => issueNonce(settings.keys, clock()),
    },
    csrf: {
      issue: (binding) => issueCsrfToken(binding, settings.keys, random),
      check: (token, binding) => isCsrfToken(token, binding, settings.keys),
    },
    known: (accessToken, now, background) => known(engine, accessToken, now, background),
    lastSeen: (accessToken) => engine.caches().authenticated.lastSeen(accessToken),
    authenticate: (accessToken, now, background) => authenticate(engine, accessToken, now, background),
    watch: (access, watcher) => engine.live.watch(access, watcher),
    close: () => {
      stopLooking()
      engine.subscription.close()
    },
  }

  async function find(of: Engine<Claims, Data>, id: string): Promise<Session<Claims, Data> | undefined> {
    const kept = await findKept(of, id)
    return kept && !expiry(kept.session, clock(), policy) ? kept.session : undefined
  }
}

// Often enough that an interrupted feed is noticed within its patience, and seldom enough to cost nothing.
function lookEvery(feedPatience: Milliseconds): Milliseconds {
  return Math.min(2500, feedPatience / 4)
}

async function stats<Claims, Data>({ settings }: Engine<Claims, Data>): ReturnType<Sojourn['stats']> {
  const { store, clock } = settings
  return isMeasurable(store) ? orUnavailable(() => store.stats(clock())) : undefined
}

function keysOf<Claims, Data>(engine: Engine<Claims, Data>): Sojourn['keys'] {
  const { keys, settings } = engine
  const current = async (): Promise<Instant> => {
    const now = settings.clock()
    if (keys.isDue(now)) await keys.refresh(now)
    return now
  }
  return {
    jwks: async () => {
      await current()
      return keys.jwks()
    },
    list: async () => keys.list(await current()),
    rotate: async ({ atOnce = false } = {}) => {
      const now = await current()
      await keys.rotate(now, atOnce)
      await announce(engine, [{ kind: 'keys', at: now }])
    },
    sign: async (typ, claims) => {
      await current()
      return signForOthers(keys.signer(), typ, claims)
    },
  }
}
