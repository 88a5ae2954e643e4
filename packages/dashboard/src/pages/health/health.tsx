// Whether all is well: the store and the feed now, cleaning up, and the doctor's table.

import { useQuery } from '@tanstack/react-query'

import { get } from '../../api/client.ts'
import type { Check } from '../../api/types.ts'
import { PageHead } from '../../ui/page-head.tsx'
import { Answer } from '../../ui/states.tsx'
import { Doctor } from './doctor.tsx'
import { Now } from './now.tsx'

export function Health() {
  const doctor = useQuery({
    queryKey: ['doctor'],
    queryFn: ({ signal }) => get<{ environment: string; items: readonly Check[] }>('/api/doctor', { signal }),
    staleTime: 30_000,
  })
  return (
    <>
      <PageHead title="Health">
        This server and its store now, and what the doctor says of its settings.
      </PageHead>
      <Now />
      <Answer of={doctor} lines={12}>
        {({ environment, items }) => <Doctor environment={environment} checks={items} />}
      </Answer>
    </>
  )
}
