// A table that is sorted by its heads and read page by page; on a phone each row is a card. The roles are written out
// because a table whose display is changed is no table any more to some screen readers.

import type { ReactNode } from 'react'

export interface Column<Row> {
  readonly title: string
  readonly cell: (row: Row) => ReactNode
  /** What the server calls the order by this column. */
  readonly sort?: string
  readonly isNumber?: boolean
  /** Of less use: left out where there is little room. */
  readonly isExtra?: boolean
}

export interface Sorting {
  readonly by: string
  readonly direction: 'ascending' | 'descending'
  readonly change: (by: string, direction: 'ascending' | 'descending') => void
}

interface TableProps<Row> {
  readonly label: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly keyOf: (row: Row) => string
  readonly sorting?: Sorting
  readonly toneOf?: (row: Row) => string | undefined
}

export function Table<Row>({ label, columns, rows, keyOf, sorting, toneOf }: TableProps<Row>) {
  return (
    <table className="table" role="table" aria-label={label}>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map((column) => (
            <Head key={column.title} column={column} sorting={sorting} />
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((row) => (
          <tr role="row" key={keyOf(row)} data-tone={toneOf?.(row)}>
            {columns.map(({ title, cell, isNumber, isExtra }) => (
              <td
                role="cell"
                key={title}
                data-title={title}
                data-number={isNumber ? true : undefined}
                data-extra={isExtra ? true : undefined}
              >
                {cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Head<Row>({
  column: { title, sort, isNumber, isExtra },
  sorting,
}: {
  column: Column<Row>
  sorting: Sorting | undefined
}) {
  const marks = { 'data-number': isNumber ? true : undefined, 'data-extra': isExtra ? true : undefined }
  if (sort === undefined || !sorting)
    return (
      <th role="columnheader" scope="col" {...marks}>
        {title}
      </th>
    )
  const isSorted = sorting.by === sort
  const next = isSorted && sorting.direction === 'descending' ? 'ascending' : 'descending'
  return (
    <th role="columnheader" scope="col" aria-sort={isSorted ? sorting.direction : 'none'} {...marks}>
      <button type="button" className="sort" onClick={() => sorting.change(sort, next)}>
        {title}
        <span aria-hidden="true" className="arrow">
          {isSorted ? (sorting.direction === 'descending' ? '↓' : '↑') : '↕'}
        </span>
      </button>
    </th>
  )
}
