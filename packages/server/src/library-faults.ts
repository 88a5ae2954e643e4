// The library knows best what a secret, an issuer or a lifetime may be. So the settings are tried on it before anything
// is opened, and what it finds wrong is told in the names that the operator knows.

import { createSojourn, SojournError } from 'sojourn'
import { auditTrail, memoryJournal } from 'sojourn/audit'
import { createHandler } from 'sojourn/fetch'
import { eventReceiver, eventSender, logoutReceiver, logoutSender } from 'sojourn/logout'
import { memoryStore } from 'sojourn/memory'

import { newSecret } from './credentials-file.ts'
import { placeOf, type ServerSettings } from './settings.ts'
import type { SaidSettings } from './settings-sources.ts'
import type { SettingName } from './settings-table.ts'

/** What the library would refuse, one sentence for each. */
export function libraryFaults(settings: ServerSettings, said: SaidSettings): readonly string[] {
  const { environment, algorithm, policy, trustedProxies } = settings
  const risk = settings.risk === undefined ? {} : { risk: settings.risk }
  const fit = { issuer: 'http://localhost', secrets: [newSecret()], store: memoryStore(), environment }
  const faults = [
    ...faultsOf(() => {
      const { issuer = fit.issuer, audience = issuer, secrets = fit.secrets } = settings
      const { statusList } = settings
      const lists = statusList === undefined ? {} : { statusList: { ttl: statusList } }
      const { encryption } = settings
      const given = { issuer, audience, secrets, encryption, algorithm, policy }
      createSojourn({ ...fit, ...given, ...risk, ...lists }).close()
    }),
    ...faultsOf(() => {
      const sojourn = createSojourn(fit)
      sojourn.close()
      createHandler(sojourn, { trustedProxies })
    }),
    ...faultsOf(
      () =>
        void auditTrail({
          ...fit,
          journal: memoryJournal(),
          keepFor: settings.auditKeep,
          retention: settings.retention,
        }),
    ),
  ]
  return [...new Set([...faults.map((fault) => inOurNames(fault, said)), ...partyFaults(settings, said)])]
}

// What is wrong with a party, after the place where it was said.
function partyFaults({ parties, algorithm }: ServerSettings, said: SaidSettings): readonly string[] {
  const { providers, transmitters, relyingParties, eventReceivers } = parties
  const sojourn = createSojourn({ issuer: 'http://localhost', secrets: [newSecret()], store: memoryStore() })
  sojourn.close()
  const isToTell = relyingParties.length + eventReceivers.length > 0
  const tried: readonly (readonly [SettingName, () => unknown])[] = [
    ['identityProviders', () => providers.length > 0 && logoutReceiver(sojourn, { providers })],
    ['eventTransmitters', () => transmitters.length > 0 && eventReceiver(sojourn, { transmitters })],
    ['relyingParties', () => logoutSender({ relyingParties })],
    ['eventReceivers', () => eventSender({ receivers: eventReceivers })],
  ]
  return [
    ...tried.flatMap(([name, attempt]) =>
      faultsOf(() => void attempt()).map((fault) => `${placeOf(said, name)} ${fault}`),
    ),
    ...(isToTell && algorithm === 'HS256'
      ? [`${placeOf(said, 'algorithm')} is HS256, and whoever is told of logouts could verify none of them`]
      : []),
  ]
}

function faultsOf(attempt: () => void): readonly string[] {
  try {
    attempt()
    return []
  } catch (error) {
    if (!(error instanceof SojournError) || error.code !== 'config_invalid') throw error
    const { faults } = error.members
    return Array.isArray(faults) ? faults.map(String) : [error.detail]
  }
}

const names: readonly (readonly [theirs: RegExp, ours: SettingName])[] = [
  [/^issuer\b/, 'issuer'],
  [/^audience\b/, 'audience'],
  [/^environment\b/, 'environment'],
  [/^secrets\b/, 'secrets'],
  [/^encryption\.secrets\b/, 'dataSecrets'],
  [/^trustedProxies\b/, 'trustedProxies'],
  [/^algorithm\b/, 'algorithm'],
  [/^statusList(\.ttl)?/, 'statusList'],
  [/^keepFor\b/, 'auditKeep'],
  [/^retention\.addresses\b/, 'keepAddresses'],
  [/^retention\.userAgents\b/, 'keepUserAgents'],
  [/^retention\.deviceNames\b/, 'keepDeviceNames'],
  [/^retention\.people\b/, 'keepPeople'],
  [/\bpolicy\.\w+\.idle\b/g, 'idle'],
  [/\bpolicy\.\w+\.absolute\b/g, 'absolute'],
  [/\bpolicy\.\w+\.access\b/g, 'accessLifetime'],
  [/\bpolicy\.overlap\b/g, 'overlap'],
  [/\bpolicy\.limit\.count\b/g, 'limit'],
  [/\brisk\.stepUpAt\b/g, 'riskStepUpAt'],
  [/\brisk\.endAt\b/g, 'riskEndAt'],
]

function inOurNames(fault: string, said: SaidSettings): string {
  return names.reduce((text, [theirs, ours]) => text.replace(theirs, () => placeOf(said, ours)), fault)
}
