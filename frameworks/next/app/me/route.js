import { route } from '../../session.js'

export const GET = route((_request, session) => Response.json(session.session), {})
