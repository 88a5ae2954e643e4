import type { ActionFunctionArgs } from 'react-router'
import { answering, sojournOf } from './session.server.ts'

export const action = answering(async (call: ActionFunctionArgs) => {
  await sojournOf(call).signOut()
  return new Response(null, { status: 204 })
})
