// Who can sign in to the demo: anybody on this machine, as any of these. There is no password, because Sojourn begins
// where a sign-in has succeeded.

export interface Person {
  readonly subject: string
  readonly name: string
  readonly role: Role
}

export type Role = 'member' | 'admin'

export const roles: readonly Role[] = ['member', 'admin']

export const people: readonly Person[] = [
  { subject: 'ada', name: 'Ada', role: 'member' },
  { subject: 'grace', name: 'Grace', role: 'admin' },
  { subject: 'linus', name: 'Linus', role: 'member' },
]
