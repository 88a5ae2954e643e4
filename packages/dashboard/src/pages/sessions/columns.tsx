// The columns of a list of sessions.

import type { Session } from '../../api/types.ts'
import { Link } from '../../app/router.tsx'
import { deviceName, visible } from '../../ui/device.ts'
import type { Column } from '../../ui/table.tsx'
import { Ago } from '../../ui/time.tsx'

export type ListedSession = Session & { readonly tenant?: string | null }

const subject: Column<ListedSession> = {
  title: 'Subject',
  sort: 'subject',
  cell: ({ id, subject, tenant }) => (
    <>
      <Link to={`/sessions/${encodeURIComponent(id)}`} className="strong">
        {subject === null ? 'Anonymous' : visible(subject)}
      </Link>
      {tenant && <span className="of"> {visible(tenant)}</span>}
    </>
  ),
}

const device: Column<ListedSession> = { title: 'Device', cell: ({ device }) => deviceName(device) }

export const sessionColumns: readonly Column<ListedSession>[] = [
  subject,
  device,
  {
    title: 'Address',
    isExtra: true,
    cell: ({ device: { ip } }) => (ip === null ? '–' : <code>{visible(ip)}</code>),
  },
  { title: 'Carries', isExtra: true, cell: ({ profile }) => (profile === 'cookie' ? 'Cookies' : 'Bearer') },
  { title: 'Signed in', sort: 'created', cell: ({ createdAt }) => <Ago at={createdAt} /> },
  { title: 'Seen', sort: 'seen', cell: ({ lastSeenAt }) => <Ago at={lastSeenAt} /> },
  {
    title: 'Ends unless seen',
    sort: 'expires',
    isExtra: true,
    cell: ({ idleExpiresAt }) => <Ago at={idleExpiresAt} />,
  },
]

/** Those of one subject: the device tells them apart. */
export const ownColumns: readonly Column<ListedSession>[] = [
  {
    title: 'Device',
    cell: ({ id, device }) => (
      <Link to={`/sessions/${encodeURIComponent(id)}`} className="strong">
        {deviceName(device)}
      </Link>
    ),
  },
  ...sessionColumns.slice(2).map(({ sort: _, ...column }) => column),
]
