import { route } from '../../session.js'

export const POST = route(async (_request, session) => {
  await session.signOut()
  return new Response(null, { status: 204 })
})
