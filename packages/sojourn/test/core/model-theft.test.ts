// No silent theft: worlds in which a thief has a copy.

import { exploreThose } from './exploring.ts'

exploreThose(({ configuration }) => configuration.thief)
