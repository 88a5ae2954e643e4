// What is wrong with the form of the options. The compiler finds most of it, but not everybody compiles, and what is
// read from the environment is never what its type says.

import type { EncryptionOptions } from './data-options.ts'
import type { DpopOptions } from './dpop/options.ts'
import { unknownMembers, type Members } from './members.ts'
import type { SojournOptions } from './options.ts'
import type { PolicyInput } from './policy.ts'
import type { RiskOptions } from './risk-options.ts'

const options: Members<SojournOptions<unknown, unknown>> = {
  issuer: true,
  audience: true,
  clientId: true,
  secrets: true,
  store: true,
  encryption: true,
  feed: true,
  environment: true,
  policy: true,
  risk: true,
  retention: true,
  algorithm: true,
  keys: true,
  statusList: true,
  dpop: true,
  clockTolerance: true,
  onInterruptedFeed: true,
  feedPatience: true,
  cacheSize: true,
  listeners: true,
  clock: true,
  random: true,
  claims: true,
  data: true,
  schemaVersion: true,
  migrate: true,
}

const policy: Members<PolicyInput> = {
  cookie: true,
  bearer: true,
  remember: true,
  overlap: true,
  limit: true,
  freshness: true,
  assurance: true,
}

const lifetimes: Members<NonNullable<PolicyInput['cookie']>> = { idle: true, absolute: true, access: true }
const limit: Members<NonNullable<PolicyInput['limit']>> = { count: true, onLimit: true, perKind: true }
const risk: Members<RiskOptions> = { locate: true, stepUpAt: true, endAt: true, onNewDevice: true }
const statusList: Members<NonNullable<SojournOptions<unknown, unknown>['statusList']>> = {
  ttl: true,
  url: true,
}
const keys: Members<NonNullable<SojournOptions<unknown, unknown>['keys']>> = {
  rotateEvery: true,
  publishBefore: true,
}
const encryption: Members<EncryptionOptions> = { secrets: true, keys: true, plain: true, rotateEvery: true }
const dpop: Members<DpopOptions> = { required: true, nonce: true, window: true, algorithms: true }

const texts = ['audience', 'clientId', 'environment'] as const
const functions = ['migrate', 'clock', 'random'] as const
const schemas = ['claims', 'data'] as const
const storeVerbs = ['insert', 'find', 'replace', 'remove', 'list', 'removeAll'] as const

/** Every option that is not what it should be; those that are absent have a default, or are missed elsewhere. */
export function formFaults(given: Readonly<Record<string, unknown>>): readonly string[] {
  const wrong = <Name extends string>(
    names: readonly Name[],
    isRight: (value: unknown) => boolean,
  ): readonly Name[] => names.filter((name) => given[name] !== undefined && !isRight(given[name]))
  const missingIn = (store: unknown): readonly string[] =>
    storeVerbs.filter((verb) => !isFunction(memberOf(store, verb)))
  const missing = missingIn(given['store'])
  const keysStore = memberOf(given['encryption'], 'keys')
  const { listeners, feed } = given
  const profiles = ['cookie', 'bearer', 'remember']
  return [
    ...unknownMembers(given, options),
    ...unknownMembers(given['policy'], policy, 'policy.'),
    ...profiles.flatMap((name) =>
      unknownMembers(memberOf(given['policy'], name), lifetimes, `policy.${name}.`),
    ),
    ...unknownMembers(memberOf(given['policy'], 'limit'), limit, 'policy.limit.'),
    ...unknownMembers(given['risk'], risk, 'risk.'),
    ...unknownMembers(given['keys'], keys, 'keys.'),
    ...unknownMembers(given['statusList'], statusList, 'statusList.'),
    ...unknownMembers(given['dpop'], dpop, 'dpop.'),
    ...unknownMembers(given['encryption'], encryption, 'encryption.'),
    ...wrong(texts, isText).map((name) => `${name} is not a text, or is empty`),
    ...(missing.length === 0
      ? []
      : [`store has no ${missing.join('(), ')}(); pass sqliteStore(…) or another store`]),
    ...(keysStore === undefined || missingIn(keysStore).length === 0
      ? []
      : [`encryption.keys has no ${missingIn(keysStore).join('(), ')}(); pass a store`]),
    ...(feed === undefined || isFeedLike(feed) ? [] : ['feed has no announce() and follow()']),
    ...wrong(schemas, isSchema).map((name) => `${name} is not a Standard Schema; see standardschema.dev`),
    ...wrong(functions, isFunction).map((name) => `${name} is not a function`),
    ...(listeners === undefined || isListOfFunctions(listeners)
      ? []
      : ['listeners is not a list of functions']),
  ]
}

function isFeedLike(value: unknown): boolean {
  return isFunction(memberOf(value, 'announce')) && isFunction(memberOf(value, 'follow'))
}

function memberOf(value: unknown, name: string): unknown {
  const hasMembers = isFunction(value) || (typeof value === 'object' && value !== null)
  return hasMembers ? (value as Record<string, unknown>)[name] : undefined
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function'
}

function isListOfFunctions(value: unknown): boolean {
  return Array.isArray(value) && value.every(isFunction)
}

function isSchema(value: unknown): boolean {
  return isFunction(memberOf(memberOf(value, '~standard'), 'validate'))
}
