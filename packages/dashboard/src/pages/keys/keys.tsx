// The signing keys: each with its life, and the two ways to bring the next one.

import { useQuery, useQueryClient } from '@tanstack/react-query'

import { get, send } from '../../api/client.ts'
import type { SigningKey } from '../../api/types.ts'
import { useMayManage } from '../../app/caller.ts'
import { Badge, type Tone } from '../../ui/badge.tsx'
import { Confirm } from '../../ui/confirm.tsx'
import { PageHead } from '../../ui/page-head.tsx'
import { Answer, Empty } from '../../ui/states.tsx'
import { Table, type Column } from '../../ui/table.tsx'
import { Ago } from '../../ui/time.tsx'
import { KeyLives } from './key-lives.tsx'

const phases: Readonly<Record<SigningKey['phase'], readonly [Tone, string]>> = {
  next: ['plain', 'Next'],
  active: ['good', 'Signs'],
  retiring: ['warn', 'Retiring'],
  gone: ['plain', 'Gone'],
}

const when = (at: string | null) => (at === null ? '–' : <Ago at={at} />)

const columns: readonly Column<SigningKey>[] = [
  { title: 'Key', cell: ({ kid }) => <code>{kid}</code> },
  { title: 'State', cell: ({ phase }) => <Badge tone={phases[phase][0]}>{phases[phase][1]}</Badge> },
  { title: 'Algorithm', cell: ({ algorithm }) => algorithm },
  { title: 'Signs from', cell: ({ activeFrom }) => when(activeFrom) },
  { title: 'To', cell: ({ retiresAt }) => when(retiresAt) },
  { title: 'Published to', cell: ({ goneAt }) => when(goneAt) },
]

export function Keys() {
  const keys = useQuery({
    queryKey: ['keys'],
    queryFn: ({ signal }) => get<{ items: readonly SigningKey[] }>('/api/keys', { signal }),
  })
  const mayManage = useMayManage()
  const cache = useQueryClient()
  const rotate = (atOnce: boolean) => ({
    isDisabled: !mayManage,
    work: () => send('POST', '/api/keys/rotate', { atOnce }),
    done: () => void cache.invalidateQueries({ queryKey: ['keys'] }),
  })
  return (
    <>
      <PageHead
        title="Keys"
        actions={
          keys.data &&
          keys.data.items.length > 0 && (
            <>
              <Confirm
                kind="plain"
                label="Rotate"
                title="Bring the next key?"
                action="Rotate"
                {...rotate(false)}
              >
                <p>
                  It is published now and signs in an hour, so nobody notices. This happens by itself every 30
                  days.
                </p>
              </Confirm>
              <Confirm
                label="A key was stolen"
                title="Refuse all that was signed before?"
                action="Replace at once"
                {...rotate(true)}
              >
                <p>
                  A new key signs from now on, and every access token of an earlier one is refused on every
                  server. Clients refresh, and nobody is signed out.
                </p>
              </Confirm>
            </>
          )
        }
      >
        What signs access tokens. Others verify with <code>/.well-known/jwks.json</code>.
      </PageHead>
      <Answer of={keys} lines={4}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="There are no key pairs.">
              This server signs with HS256, by a key from its secrets. <code>SOJOURN_ALGORITHM=ES256</code>{' '}
              has key pairs, with which others can verify.
            </Empty>
          ) : (
            <>
              <KeyLives keys={items} />
              <Table label="Signing keys" columns={columns} rows={items} keyOf={({ kid }) => kid} />
            </>
          )
        }
      </Answer>
    </>
  )
}
