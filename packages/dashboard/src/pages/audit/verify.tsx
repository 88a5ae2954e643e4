// Whether somebody has changed the trail.

import { useMutation } from '@tanstack/react-query'

import { get } from '../../api/client.ts'
import type { Verification } from '../../api/types.ts'
import { Button } from '../../ui/button.tsx'
import { count } from '../../ui/number.ts'
import { problemText } from '../../ui/problem.ts'

export function Verify() {
  const check = useMutation({ mutationFn: () => get<Verification>('/api/audit/verify') })
  return (
    <div className="verify" data-ok={check.data?.ok}>
      <Button isBusy={check.isPending} onClick={() => check.mutate()}>
        Verify the chain
      </Button>
      <p role="status">
        {check.isPending && 'Reading every line …'}
        {check.error && problemText(check.error)}
        {!check.isPending && check.data && <Outcome of={check.data} />}
        {check.isIdle && 'Each line is chained to the one before: a change, a gap or a cut shows.'}
      </p>
    </div>
  )
}

function Outcome({ of: { ok, lines, redacted, faults, head } }: { of: Verification }) {
  if (!ok)
    return (
      <>
        <b>Somebody has changed the trail:</b>{' '}
        {faults
          .slice(0, 5)
          .map(
            ({ kind, number, upTo }) => `${kind}, line ${number}${upTo === undefined ? '' : ` to ${upTo}`}`,
          )
          .join('; ')}
        {faults.length > 5 && ` and ${faults.length - 5} more`}.
      </>
    )
  return (
    <>
      <b>Intact:</b> {count(lines)} lines, none changed, missing or moved.
      {redacted > 0 && ` Of ${count(redacted)}, Sojourn itself has taken something out.`}
      {head && (
        <>
          {' '}
          It ends with <code>{`${head.number}:${head.mac}`}</code>
        </>
      )}
    </>
  )
}
