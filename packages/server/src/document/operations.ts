// `/openapi.json` and `/docs`: what the server offers, for programs and for people. Both are public, as the source is.

import { z } from 'zod'

import packageJson from '../../package.json' with { type: 'json' }
import type { Services } from '../api/context.ts'
import { operation, type Description, type Operation } from '../api/operation.ts'
import { openApiDocument } from './openapi.ts'
import { referencePage } from './page.ts'
import { style } from './style.ts'

const group = 'Documentation'

/** The operations that describe all operations, themselves included. */
export function documentation(all: () => readonly Description[]): readonly Operation[] {
  return [
    operation({
      id: 'openApi',
      method: 'GET',
      path: '/openapi.json',
      group,
      summary: 'This document',
      needs: 'nothing',
      answers: {
        200: {
          means: 'OpenAPI 3.1.',
          schema: z.looseObject({ openapi: z.string(), info: z.looseObject({}), paths: z.looseObject({}) }),
        },
      },
      work: ({ services }) => publicPage(documentOf(services, all).json, 'application/json; charset=utf-8'),
    }),
    operation({
      id: 'referencePage',
      method: 'GET',
      path: '/docs',
      group,
      summary: 'This document as a page',
      needs: 'nothing',
      answers: { 200: { means: 'A page without scripts.', schema: z.string(), mediaType: 'text/html' } },
      work: ({ services }) => {
        const response = publicPage(documentOf(services, all).page, 'text/html; charset=utf-8')
        response.headers.set(
          'content-security-policy',
          "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        )
        return response
      },
    }),
    operation({
      id: 'referenceStyle',
      method: 'GET',
      path: '/docs/style.css',
      group,
      summary: 'How the page looks',
      needs: 'nothing',
      answers: { 200: { means: 'A style sheet.', schema: z.string(), mediaType: 'text/css' } },
      work: () => publicPage(style, 'text/css; charset=utf-8'),
    }),
  ]
}

interface Written {
  readonly json: string
  readonly page: string
}

// It takes milliseconds to make and never changes, and anybody may ask for it as often as they like.
const written = new WeakMap<Services, Written>()

function documentOf(services: Services, all: () => readonly Description[]): Written {
  const known = written.get(services)
  if (known) return known
  const { issuer } = services.sojourn.settings
  const document = openApiDocument({ issuer, version: packageJson.version, operations: all() })
  const made = { json: JSON.stringify(document), page: referencePage(document) }
  written.set(services, made)
  return made
}

function publicPage(body: string, mediaType: string): Response {
  return new Response(body, {
    headers: { 'content-type': mediaType, 'cache-control': 'public, max-age=300' },
  })
}
