/** What an API key may do: everything, or look. */
export type Role = 'manage' | 'read'

export const roles: readonly Role[] = ['manage', 'read']
