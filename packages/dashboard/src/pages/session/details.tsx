// The facts of a live session. Everything about the device is what a client has said of itself: text, and no more.

import type { WholeSession } from '../../api/types.ts'
import { deviceName, visible } from '../../ui/device.ts'
import { Facts } from '../../ui/facts.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Ago, Exactly } from '../../ui/time.tsx'

export function Details({ session }: { session: WholeSession }) {
  const { device, claims, data, amr, acr } = session
  return (
    <>
      <Panel title="Facts">
        <Facts
          of={[
            ['Signed in', <Exactly key="at" at={session.createdAt} />],
            ['Seen', <Ago key="at" at={session.lastSeenAt} />],
            ['Proved who they are', <ProvedAt key="at" session={session} />],
            ['By', amr.length === 0 ? 'not said' : amr.map(visible).join(', ')],
            ...(acr === null ? [] : [['Worth', visible(acr)] as const]),
            ['Ends unless seen', <Ago key="at" at={session.idleExpiresAt} />],
            ['Ends in any case', <Ago key="at" at={session.expiresAt} />],
            ['Carries', session.profile === 'cookie' ? 'cookies' : 'bearer tokens'],
            ...(session.tenant === null ? [] : [['Tenant', visible(session.tenant)] as const]),
            ['Version', session.version],
          ]}
        />
      </Panel>
      <Panel title="Device">
        <Facts
          of={[
            ['Name', deviceName(device)],
            ['Address', device.ip === null ? 'not known' : <code key="ip">{visible(device.ip)}</code>],
            [
              'Calls itself',
              device.userAgent === null ? 'nothing' : <code key="ua">{visible(device.userAgent)}</code>,
            ],
          ]}
        />
      </Panel>
      <Panel title="Claims" note="travel in access tokens">
        <Json value={claims} label="Claims" />
      </Panel>
      <Panel title="Data" note="never leaves the server">
        <Json value={data} label="Data" />
      </Panel>
    </>
  )
}

function ProvedAt({ session: { createdAt, authenticatedAt } }: { session: WholeSession }) {
  return createdAt === authenticatedAt ? <>at sign-in</> : <Ago at={authenticatedAt} />
}

function Json({ value, label }: { value: Readonly<Record<string, unknown>>; label: string }) {
  if (Object.keys(value).length === 0) return <p className="none">None.</p>
  return (
    <pre className="json" role="region" aria-label={`${label} as JSON`} tabIndex={0}>
      {JSON.stringify(value, undefined, 2).split('\n').map(visible).join('\n')}
    </pre>
  )
}
