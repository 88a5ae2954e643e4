import { Button } from './button.tsx'
import { count } from './number.ts'

/** Which part of a long list is shown, and the ways to its neighbours. */
export function Pager({
  offset,
  size,
  total,
  what,
  go,
}: {
  offset: number
  size: number
  total: number
  what: string
  go: (offset: number) => void
}) {
  const last = Math.min(total, offset + size)
  return (
    <nav className="pager" aria-label={`Pages of ${what}`}>
      <span role="status">
        {total === 0 ? `No ${what}` : `${count(offset + 1)}–${count(last)} of ${count(total)} ${what}`}
      </span>
      <Button disabled={offset === 0} onClick={() => go(Math.max(0, offset - size))}>
        Previous
      </Button>
      <Button disabled={last >= total} onClick={() => go(offset + size)}>
        Next
      </Button>
    </nav>
  )
}
