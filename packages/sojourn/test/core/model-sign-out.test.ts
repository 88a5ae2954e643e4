// No accidental sign-out, and no elevation by an earlier generation: worlds without a thief.

import { exploreThose } from './exploring.ts'

exploreThose(({ configuration }) => !configuration.thief)
