// Takes over what the server has rendered, with what it was rendered from.

import { createElement } from 'react'
import { hydrateRoot } from 'react-dom/client'

import { createClient, type ClientOptions } from '../../src/client.ts'
import { View } from './react-view.ts'

const { initial } = JSON.parse(document.querySelector('#initial')!.textContent) as {
  initial: NonNullable<ClientOptions['initial']>
}
const faults: string[] = []
const texts = [document.querySelector('h1')!.textContent]
const observer = new MutationObserver(() => {
  const text = document.querySelector('h1')?.textContent ?? 'nothing'
  if (text !== texts.at(-1)) texts.push(text)
})
observer.observe(document.querySelector('#root')!, { childList: true, subtree: true, characterData: true })
const client = createClient({ initial })
hydrateRoot(document.querySelector('#root')!, createElement(View, { client }), {
  onRecoverableError: (error) => void faults.push(String(error)),
})
Object.assign(globalThis, { client, faults, texts })
