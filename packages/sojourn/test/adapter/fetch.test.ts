import { describe, it } from 'vitest'
import { adapterSuite } from '../../src/testing/adapter-suite.ts'
import { serveFetch } from './bridge.ts'
import { fetchApplication } from './fetch-routes.ts'

adapterSuite('fetch', (application) => serveFetch(fetchApplication(application)), { describe, it })
