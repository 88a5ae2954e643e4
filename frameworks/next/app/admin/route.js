import { route } from '../../session.js'

export const GET = route(() => Response.json({ secret: 'the tea is in the tin' }), { role: 'admin' })
