// One subject: where it is signed in, the way to sign it out everywhere, and all that is kept about it.

import { useQueryClient } from '@tanstack/react-query'

import { send } from '../../api/client.ts'
import { useMayManage } from '../../app/caller.ts'
import { Link } from '../../app/router.tsx'
import { Confirm } from '../../ui/confirm.tsx'
import { visible } from '../../ui/device.ts'
import { PageHead } from '../../ui/page-head.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Answer, Empty } from '../../ui/states.tsx'
import { Table } from '../../ui/table.tsx'
import { useDevices } from '../session/other-devices.tsx'
import { ownColumns } from '../sessions/columns.tsx'
import { AllAbout } from './all-about.tsx'

export function OneSubject({ subject }: { subject: string }) {
  const devices = useDevices(subject)
  const mayManage = useMayManage()
  const cache = useQueryClient()
  const path = encodeURIComponent(subject)
  const sessions = devices.data?.items.length ?? 0
  return (
    <>
      <p className="crumbs">
        <Link to="/subjects">Subjects</Link>
      </p>
      <PageHead
        title={visible(subject)}
        actions={
          sessions > 0 && (
            <Confirm
              label="Sign out everywhere"
              title={`Sign ${visible(subject)} out everywhere?`}
              action="Sign out everywhere"
              isDisabled={!mayManage}
              work={() => send('DELETE', `/api/subjects/${path}/sessions`)}
              done={() => void cache.invalidateQueries()}
            >
              <p>All of its sessions end on every server at once, access tokens included.</p>
            </Confirm>
          )
        }
      >
        <Link to={`/audit?subject=${path}`}>What happened to this subject</Link>
      </PageHead>
      <Panel title="Signed in on">
        <Answer of={devices} lines={4}>
          {({ items, next }) =>
            items.length === 0 ? (
              <Empty title="Signed in nowhere.">
                <Link to={`/audit?subject=${path}`}>The audit trail</Link> tells what there was.
              </Empty>
            ) : (
              <>
                <Table
                  label={`Sessions of ${visible(subject)}`}
                  columns={ownColumns}
                  rows={items}
                  keyOf={({ id }) => id}
                />
                {next !== null && <p className="note">These are the hundred newest.</p>}
              </>
            )
          }
        </Answer>
      </Panel>
      <AllAbout subject={subject} />
    </>
  )
}
