const reasons: Readonly<Record<string, string>> = {
  signed_out: 'Signed out',
  signed_out_elsewhere: 'Signed out from another device',
  replaced: 'Replaced by a new sign-in',
  evicted: 'Ended: too many sessions',
  revoked: 'Revoked',
  reused: 'Ended: its token was copied',
  erased: 'Ended: its data was erased',
  idle: 'Ran out: not seen for too long',
  absolute: 'Ran out: its time was up',
}

/** Why a session ended, in words. */
export function reasonInWords(reason: string): string {
  return reasons[reason] ?? reason
}
