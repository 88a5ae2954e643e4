import express from 'express'
import { describe, it } from 'vitest'
import { adapterSuite } from '../../src/testing/adapter-suite.ts'
import { serveExpress } from './serve-express.ts'

adapterSuite('Express 5', serveExpress(express), { describe, it })
