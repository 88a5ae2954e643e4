// A list that the server searches, sorts and hands out page by page. What is looked for stands in the address bar, so that
// every view of it can be linked to.

import { keepPreviousData, useQuery, type UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'

import { get } from '../api/client.ts'
import type { Found } from '../api/types.ts'
import { useParameters } from '../app/router.tsx'
import { count } from './number.ts'
import { Pager } from './pager.tsx'
import { Answer } from './states.tsx'
import { Table, type Column } from './table.tsx'

const size = 50

type Parameters = Readonly<Record<string, string | undefined>>

export interface Listing<Row> {
  /** What is listed, in the plural; also the end of its path. */
  readonly what: string
  readonly text: string | undefined
  readonly sort: string
  readonly direction: 'ascending' | 'descending'
  readonly offset: number
  readonly found: UseQueryResult<Found<Row>>
  /** One of the narrowing parameters that were named. */
  readonly narrowedBy: (name: string) => string | undefined
  /** Looks for something else, from its first page on. While somebody types, no step back is kept for each letter. */
  readonly change: (parameters: Parameters, isTyping?: boolean) => void
  readonly go: (offset: number) => void
}

/** The list at `/api/search/{what}`; `narrowing` names the parameters besides `text` that make it shorter. */
export function useListing<Row>(what: string, narrowing: readonly string[] = []): Listing<Row> {
  const [parameter, change] = useParameters()
  const text = parameter('text')
  const sort = parameter('sort') ?? 'seen'
  const direction = parameter('direction') === 'ascending' ? 'ascending' : 'descending'
  const offset = Number(parameter('offset') ?? 0) || 0
  const narrowed = Object.fromEntries(narrowing.map((name) => [name, parameter(name)]))
  const query = { text, ...narrowed, sort, direction, offset, limit: size }
  const found = useQuery({
    queryKey: [what, query],
    queryFn: ({ signal }) => get<Found<Row>>(`/api/search/${what}`, { query, signal }),
    placeholderData: keepPreviousData,
  })
  return {
    what,
    text,
    sort,
    direction,
    offset,
    found,
    narrowedBy: (name) => narrowed[name],
    change: (parameters, isTyping) => change({ ...parameters, offset: undefined }, isTyping),
    go: (to) => change({ offset: to === 0 ? undefined : String(to) }),
  }
}

interface ListedProps<Row> {
  readonly of: Listing<Row>
  readonly title: string
  readonly columns: readonly Column<Row>[]
  readonly keyOf: (row: Row) => string
  /** Shown where nothing was found. */
  readonly empty: ReactNode
  /** Shown where there is more than the server looks through. */
  readonly incomplete: ReactNode
}

export function Listed<Row>({ of, title, columns, keyOf, empty, incomplete }: ListedProps<Row>) {
  const { what, found, sort, direction, offset, change, go } = of
  return (
    <Answer of={found} lines={10}>
      {({ items, total, complete }) => (
        <div className="listing" data-stale={found.isPlaceholderData || undefined}>
          {!complete && <p className="notice">{incomplete}</p>}
          {total === 0 ? (
            empty
          ) : (
            <>
              <Table
                label={`${title}: ${count(total)}`}
                columns={columns}
                rows={items}
                keyOf={keyOf}
                sorting={{ by: sort, direction, change: (by, way) => change({ sort: by, direction: way }) }}
              />
              <Pager offset={offset} size={size} total={total} what={what} go={go} />
            </>
          )}
        </div>
      )}
    </Answer>
  )
}
