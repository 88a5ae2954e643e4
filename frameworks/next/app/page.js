import { createElement } from 'react'
import { session } from '../session.js'

export default async function Home() {
  const known = await session()
  return createElement('p', {}, `You are ${known?.subject ?? 'nobody'}.`)
}
