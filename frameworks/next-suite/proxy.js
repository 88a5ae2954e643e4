import { NextResponse } from 'next/server'

export default function proxy(request) {
  return globalThis.sojournNextSuite.proxy(request, NextResponse)
}

export const config = { matcher: ['/who'] }
