// The types of events (docs/events.md), and what each means in a few words.

const meanings: Readonly<Record<string, string>> = {
  'session.created': 'Signed in',
  'session.refreshed': 'Refreshed',
  'session.confirmed': 'New token in use',
  'session.replayed': 'Same token handed out again',
  'session.reused': 'Copied token caught',
  'session.superseded': 'Token from before a step-up refused',
  'session.unreadable': 'Session could not be read',
  'session.stepped_up': 'Proved more',
  'session.updated': 'Changed',
  'session.ended': 'Ended',
  'session.refused': 'Sign-in refused: too many sessions',
  'token.rejected': 'Token refused',
  'risk.noted': 'Something unusual',
  'session.bound': 'Bound to a device',
  'binding.skipped': 'Device binding skipped',
  'proof.rejected': 'Proof of a key refused',
  'csrf.rejected': 'Forged request refused',
  'rate.limited': 'Too many requests',
  'cookie.duplicate': 'Two cookies of one name',
  'key.published': 'Key published',
  'key.activated': 'Key signs from now on',
  'key.retired': 'Key retired',
  'key.removed': 'Key removed',
  'data_key.rotated': 'Data key rotated',
  'data_key.dropped': 'Data erased',
  'data_keys.renewed': 'Data keys renewed',
  'sweep.finished': 'Swept',
  'request.failed': 'Request failed',
  'feed.stale': 'Feed interrupted',
  'listener.failed': 'Listener failed',
  'audit.read': 'Trail read',
  'audit.lost': 'Events lost',
  'audit.unsealed': 'End of trail rewritten',
  'audit.trimmed': 'Trail trimmed',
  'audit.erased': 'Subject erased',
  'audit.shortened': 'Kept for long enough',
}

export const eventTypes: readonly string[] = Object.keys(meanings)

/** A type in words; itself where it is not known here. */
export function meaningOf(type: string): string {
  return meanings[type] ?? type
}
