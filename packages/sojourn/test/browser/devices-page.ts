// A page with the person's own devices, as an application would make it.

import { createElement as h, StrictMode } from 'react'
import { createRoot } from 'react-dom/client'

import { createClient } from '../../src/client.ts'
import { SessionProvider, YourDevices, type YourDevicesProps } from '../../src/react.ts'

const client = createClient()

// The application's own way to a proof: it asks for a second factor, and says whether it was given.
const prove: YourDevicesProps['prove'] = async () => (await client.fetch('/step-up', { method: 'POST' })).ok

const german: YourDevicesProps = {
  locale: 'de',
  texts: { heading: 'Deine Geräte', thisDevice: 'Dieses Gerät', lastSeen: (when) => `Zuletzt ${when}` },
  headingLevel: 3,
  className: 'mine',
  locationOf: ({ device }) => device.ip ?? undefined,
}

const variant = new URLSearchParams(location.search).get('variant')
const props = variant === 'german' ? german : variant === 'no-proof' ? {} : { prove }
createRoot(document.querySelector('#root')!).render(
  h(StrictMode, null, h(SessionProvider, { client }, h(YourDevices, props))),
)
Object.assign(globalThis, { client })
