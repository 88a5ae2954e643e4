// All that is kept about one subject: a copy of it as a file, and forgetting it.

import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import { getFile, Refusal, send } from '../../api/client.ts'
import type { Erased } from '../../api/types.ts'
import { useMayManage } from '../../app/caller.ts'
import { useFresh } from '../../app/fresh.tsx'
import { Button } from '../../ui/button.tsx'
import { Confirm } from '../../ui/confirm.tsx'
import { visible } from '../../ui/device.ts'
import { Panel } from '../../ui/panel.tsx'
import { problemText } from '../../ui/problem.ts'
import { saveFile } from '../../ui/save-file.ts'

export function AllAbout({ subject }: { subject: string }) {
  const path = `/api/subjects/${encodeURIComponent(subject)}`
  const mayManage = useMayManage()
  const cache = useQueryClient()
  const [gone, setGone] = useState<Erased>()
  return (
    <Panel title="All that is kept">
      <p>
        Their sessions with all facts, what else leads to those, and what the audit trail tells of them.
        Nothing in it signs anybody in.
      </p>
      <div className="actions">
        <Export path={`${path}/export`} isDisabled={!mayManage} />
        <Confirm
          label="Erase"
          title={`Erase ${visible(subject)}?`}
          action="Erase for good"
          typed={subject}
          isDisabled={!mayManage}
          work={async () => setGone(await send<Erased>('DELETE', path))}
          done={() => void cache.invalidateQueries()}
        >
          <p>
            They are signed out everywhere. Their sessions with claims and data go, the key under which that
            data was encrypted, what else leads to them, and what the audit trail tells of them. A backup that
            was made before still has it.
          </p>
          <p>
            <strong>This cannot be undone.</strong> Export it first if somebody may ask for it.
          </p>
        </Confirm>
      </div>
      <p className="note" role="status">
        {gone && goneInWords(gone)}
      </p>
    </Panel>
  )
}

function Export({ path, isDisabled }: { path: string; isDisabled: boolean }) {
  const [isBusy, setIsBusy] = useState(false)
  const [fault, setFault] = useState<string>()
  const withFresh = useFresh()
  const act = async (): Promise<void> => {
    setIsBusy(true)
    setFault(undefined)
    try {
      // The name of a file stays in many places, so it does not say who it is about.
      saveFile(await withFresh(() => getFile(path)), 'subject.json')
    } catch (error) {
      if (error instanceof Refusal && error.code === 'fresh_sign_in_required') return
      setFault(problemText(error))
    } finally {
      setIsBusy(false)
    }
  }
  return (
    <>
      <Button isBusy={isBusy} disabled={isDisabled} onClick={() => void act()}>
        Export
      </Button>
      {fault !== undefined && (
        <p className="fault" role="alert">
          {fault}
        </p>
      )}
    </>
  )
}

function goneInWords({ sessions, providerLinks, formerIds, auditLines }: Erased): string {
  const kept = `Gone: sessions ${sessions}, links from identity providers ${providerLinks}, former session ids ${formerIds}`
  return auditLines === null
    ? `${kept}. The audit trail is off: none was looked at.`
    : `${kept}, lines of the audit trail ${auditLines}.`
}
