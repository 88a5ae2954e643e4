// The ready-made routes answer before this handler is reached.

import { route } from '../../../session.js'

const handle = route(() => new Response(null, { status: 404 }))

export { handle as GET, handle as POST, handle as DELETE, handle as OPTIONS }
