import type { RequestEvent } from '@sveltejs/kit'

export const load = ({ locals }: RequestEvent) => ({
  subject: locals.sojourn.session?.subject ?? null,
  csrfToken: locals.sojourn.csrfToken(),
})
