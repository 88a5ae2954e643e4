// Every setting of the server, once: its variable, its flag if it has one, its default and its meaning. What reads the
// settings, what `--help` says and docs/settings.md all stand on this table. A secret has no flag, because the list of
// processes shows flags to everybody.

export interface SettingRow {
  readonly variable: string
  /** As commander writes it; absent for secrets, and for what belongs in a file rather than on a command line. */
  readonly flag?: string
  /** What holds when nothing is said, in words. */
  readonly fallback: string
  readonly meaning: string
}

export const settingsTable = {
  port: {
    variable: 'SOJOURN_PORT',
    flag: '--port <port>',
    fallback: '3000',
    meaning: 'where to listen; 0 takes a free port',
  },
  host: {
    variable: 'SOJOURN_HOST',
    flag: '--host <address>',
    fallback: '127.0.0.1',
    meaning: 'on which address; 0.0.0.0 for all of them',
  },
  store: {
    variable: 'SOJOURN_STORE',
    flag: '--store <url>',
    fallback: 'sqlite:.sojourn/sojourn.db',
    meaning:
      'where sessions are kept: sqlite:PATH, redis://HOST, redis+cluster://HOST,HOST, postgres://HOST/DATABASE or memory:',
  },
  issuer: {
    variable: 'SOJOURN_ISSUER',
    flag: '--issuer <url>',
    fallback: 'http://localhost:PORT',
    meaning: 'the public URL; a change of it signs everybody out',
  },
  audience: {
    variable: 'SOJOURN_AUDIENCE',
    flag: '--audience <name>',
    fallback: 'the issuer',
    meaning: 'whom access tokens are for',
  },
  environment: {
    variable: 'SOJOURN_ENVIRONMENT',
    flag: '--environment <name>',
    fallback: 'NODE_ENV, or development',
    meaning: 'production is strict; credentials of one environment mean nothing in another',
  },
  secrets: {
    variable: 'SOJOURN_SECRETS',
    fallback: 'made on first start',
    meaning: 'secrets of at least 32 random bytes in base64url, newest first, separated by commas',
  },
  dataSecrets: {
    variable: 'SOJOURN_DATA_SECRETS',
    fallback: 'none: data is kept as it is',
    meaning:
      'secrets under which the data of sessions is encrypted, newest first, separated by commas; none of SOJOURN_SECRETS',
  },
  plainData: {
    variable: 'SOJOURN_PLAIN_DATA',
    fallback: 'read',
    meaning: 'what is made of a session whose data is not encrypted: read, or refuse',
  },
  apiKey: {
    variable: 'SOJOURN_API_KEY',
    fallback: 'made on first start',
    meaning: 'what your own server shows to use the routes under /v1',
  },
  accessLifetime: {
    variable: 'SOJOURN_ACCESS_LIFETIME',
    fallback: '5m, bearer 10m',
    meaning: 'how long an access token lives',
  },
  overlap: {
    variable: 'SOJOURN_OVERLAP',
    fallback: '60s, at most a fifth of the access lifetime',
    meaning: 'how long the former session token is forgiven; 0s forgives nothing',
  },
  idle: {
    variable: 'SOJOURN_IDLE',
    fallback: '1h, bearer and remembered 14d',
    meaning: 'how long a session lives without being seen',
  },
  absolute: {
    variable: 'SOJOURN_ABSOLUTE',
    fallback: '24h, bearer and remembered 30d',
    meaning: 'how long a session lives whatever happens',
  },
  algorithm: {
    variable: 'SOJOURN_ALGORITHM',
    fallback: 'ES256',
    meaning: 'how access tokens are signed: ES256, EdDSA, RS256, PS256, or HS256 without public keys',
  },
  dpop: {
    variable: 'SOJOURN_DPOP',
    fallback: 'off',
    meaning: 'whether apps may bind their sessions to a key (RFC 9449): off, on, or required',
  },
  dbsc: {
    variable: 'SOJOURN_DBSC',
    fallback: 'off',
    meaning: 'whether browsers may bind their sessions to a key of their device: off or on',
  },
  limit: {
    variable: 'SOJOURN_LIMIT',
    fallback: 'none',
    meaning: 'how many sessions a subject may have',
  },
  onLimit: {
    variable: 'SOJOURN_ON_LIMIT',
    fallback: 'evict',
    meaning: 'beyond the limit: evict the oldest, or refuse the newest',
  },
  risk: {
    variable: 'SOJOURN_RISK',
    fallback: 'changes',
    meaning:
      'what is noted as unusual: changes within a session, or all, which reads the other sessions at each sign-in',
  },
  riskStepUpAt: {
    variable: 'SOJOURN_RISK_STEP_UP_AT',
    fallback: 'never',
    meaning: 'the score, 1 to 100, from which a sign-in is not fresh any more until a step-up; implies all',
  },
  riskEndAt: {
    variable: 'SOJOURN_RISK_END_AT',
    fallback: 'never',
    meaning: 'the score, 1 to 100, from which a refresh ends its session; implies all',
  },
  trustedProxies: {
    variable: 'SOJOURN_TRUSTED_PROXIES',
    fallback: 'none',
    meaning: 'addresses, ranges or loopback whose X-Forwarded headers are believed, separated by commas',
  },
  signInUrl: {
    variable: 'SOJOURN_SIGN_IN_URL',
    fallback: 'none: 401',
    meaning: 'the page to which forward-auth sends a browser that is not signed in',
  },
  returnOrigins: {
    variable: 'SOJOURN_RETURN_ORIGINS',
    fallback: 'that of the issuer',
    meaning: 'origins to which that page may be asked to lead back, separated by commas',
  },
  identityProviders: {
    variable: 'SOJOURN_IDENTITY_PROVIDERS',
    fallback: 'none',
    meaning:
      'whose back-channel logouts are believed: issuer, client id and JWKS URL of each, separated by commas',
  },
  relyingParties: {
    variable: 'SOJOURN_RELYING_PARTIES',
    fallback: 'none',
    meaning: 'who is sent a back-channel logout when a session ends: client id and URL of each',
  },
  eventTransmitters: {
    variable: 'SOJOURN_EVENT_TRANSMITTERS',
    fallback: 'none',
    meaning: 'whose security events are believed: issuer, audience and JWKS URL of each',
  },
  eventReceivers: {
    variable: 'SOJOURN_EVENT_RECEIVERS',
    fallback: 'none',
    meaning: 'who is pushed a security event when a session ends: audience and URL of each',
  },
  statusList: {
    variable: 'SOJOURN_STATUS_LIST',
    fallback: 'off',
    meaning: 'for how long verifiers may keep a list of revoked access tokens, such as 1m; off for none',
  },
  audit: {
    variable: 'SOJOURN_AUDIT',
    fallback: 'on',
    meaning:
      'whether everything that happens is kept, on the database of the sessions or in files: on, off or file:PATH',
  },
  auditKeep: {
    variable: 'SOJOURN_AUDIT_KEEP',
    fallback: '366d',
    meaning: 'how long the audit trail is kept',
  },
  auditAddresses: {
    variable: 'SOJOURN_AUDIT_ADDRESSES',
    fallback: 'truncated',
    meaning: 'what it keeps of addresses: truncated to their network, hashed, whole or none',
  },
  keepAddresses: {
    variable: 'SOJOURN_KEEP_ADDRESSES',
    fallback: 'as long as what they stand in',
    meaning: 'how long addresses stay in sessions that live on, and in the audit trail',
  },
  keepUserAgents: {
    variable: 'SOJOURN_KEEP_USER_AGENTS',
    fallback: 'as long as what they stand in',
    meaning: 'the same of what browsers and apps call themselves',
  },
  keepDeviceNames: {
    variable: 'SOJOURN_KEEP_DEVICE_NAMES',
    fallback: 'as long as what they stand in',
    meaning: 'the same of names of devices',
  },
  keepPeople: {
    variable: 'SOJOURN_KEEP_PEOPLE',
    fallback: 'as long as the line',
    meaning: 'how long the audit trail tells whose line it is: subject, tenant, session and device',
  },
  home: {
    variable: 'SOJOURN_HOME',
    flag: '--home <folder>',
    fallback: '.sojourn',
    meaning: 'the folder of files that the server makes for itself',
  },
  logLevel: {
    variable: 'SOJOURN_LOG_LEVEL',
    flag: '--log-level <level>',
    fallback: 'info',
    meaning: 'fatal, error, warn, info, debug, trace or silent',
  },
  workers: {
    variable: 'SOJOURN_WORKERS',
    flag: '--workers <count>',
    fallback: '1',
    meaning: 'processes that take requests, on a store that they share',
  },
  managementPort: {
    variable: 'SOJOURN_MANAGEMENT_PORT',
    flag: '--management-port <port>',
    fallback: 'none',
    meaning: 'a listener of its own for /metrics, /livez and /readyz, without a key',
  },
  managementHost: {
    variable: 'SOJOURN_MANAGEMENT_HOST',
    fallback: '127.0.0.1',
    meaning: 'on which address that one listens',
  },
  dashboard: {
    variable: 'SOJOURN_DASHBOARD',
    flag: '--dashboard <when>',
    fallback: 'auto',
    meaning:
      'whether there is a page under /dashboard, on the management listener if there is one: on, off, or auto, which is off in production without that listener',
  },
  tlsCert: {
    variable: 'SOJOURN_TLS_CERT',
    fallback: 'none',
    meaning: 'a file with the certificate and its chain, to speak TLS without a proxy; read again on SIGHUP',
  },
  tlsKey: {
    variable: 'SOJOURN_TLS_KEY',
    fallback: 'none',
    meaning: 'the file with the key of that certificate',
  },
  requestTimeout: {
    variable: 'SOJOURN_REQUEST_TIMEOUT',
    fallback: '30',
    meaning: 'seconds in which a request must have arrived whole',
  },
  refreshesPerMinute: {
    variable: 'SOJOURN_REFRESHES_PER_MINUTE',
    fallback: '600',
    meaning: 'refreshes of one address in a minute, by each process',
  },
  badCredentialsPerMinute: {
    variable: 'SOJOURN_BAD_CREDENTIALS_PER_MINUTE',
    fallback: '60',
    meaning: 'refused tokens and keys of one address in a minute, before it is told to wait',
  },
} as const satisfies Readonly<Record<string, SettingRow>>

/** The name of a setting, as in the configuration file. */
export type SettingName = keyof typeof settingsTable

export const settingNames = Object.keys(settingsTable) as readonly SettingName[]

export function rowOf(name: SettingName): SettingRow {
  return settingsTable[name]
}
