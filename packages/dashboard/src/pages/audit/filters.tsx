import { eventTypes, meaningOf } from '../../api/event-types.ts'
import { Search } from '../../ui/search.tsx'
import { Select } from '../../ui/select.tsx'

export interface Filter {
  readonly type: string | undefined
  readonly subject: string | undefined
  readonly session: string | undefined
  readonly since: string | undefined
}

const types: readonly (readonly [string, string])[] = [
  ['', 'Everything'],
  ['session', 'All of sessions'],
  ['key', 'All of keys'],
  ['audit', 'All of the trail itself'],
  ...eventTypes.map((type): readonly [string, string] => [type, meaningOf(type)]),
]

const times = [
  ['', 'Any time'],
  ['hour', 'The last hour'],
  ['day', 'The last day'],
  ['week', 'The last week'],
] as const

/** What of the trail is wanted. Subject and session are whole names, because the trail is searched by them. */
export function Filters({ filter, change }: { filter: Filter; change: (changes: Partial<Filter>) => void }) {
  return (
    <div className="tools">
      <Select label="What" value={filter.type ?? ''} choices={types} change={(type) => change({ type })} />
      <Search
        label="Subject"
        hint="The whole name"
        value={filter.subject ?? ''}
        change={(subject) => change({ subject })}
      />
      <Search
        label="Session"
        hint="The whole id"
        value={filter.session ?? ''}
        change={(session) => change({ session })}
      />
      <Select
        label="Since"
        value={filter.since ?? ''}
        choices={times}
        change={(since) => change({ since })}
      />
    </div>
  )
}
