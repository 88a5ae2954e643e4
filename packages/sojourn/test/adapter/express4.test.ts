import { createRequire } from 'node:module'
import { describe, it } from 'vitest'
import { adapterSuite } from '../../src/testing/adapter-suite.ts'
import { serveExpress, type ExpressModule } from './serve-express.ts'

// Types of Express 4 would clash with those of 5; what the suite uses is the same in both.
const express = createRequire(import.meta.url)('express4') as ExpressModule

adapterSuite('Express 4', serveExpress(express), { describe, it })
