import { headers } from 'next/headers'
import { createElement } from 'react'

export const dynamic = 'force-dynamic'

export default async function Who() {
  const subject = await globalThis.sojournNextSuite.subject(headers)
  return createElement('p', {}, `You are ${subject ?? 'nobody'}.`)
}
