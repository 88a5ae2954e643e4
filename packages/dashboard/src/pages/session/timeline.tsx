// The story of a session as the audit trail tells it.

import type { Explanation } from '../../api/types.ts'
import { visible } from '../../ui/device.ts'
import { exactly, Exactly } from '../../ui/time.tsx'

export function Timeline({ of: { summary, story } }: { of: Explanation }) {
  return (
    <>
      <p className="summary">{readable(summary)}</p>
      <ol className="timeline">
        {story.map(({ at, text }, index) => (
          <li key={`${at} ${index}`}>
            <span className="timeline-text">{readable(text)}</span>
            <Exactly at={at} />
          </li>
        ))}
      </ol>
    </>
  )
}

// Times as the reader's own clock has them, as everywhere else on the page.
function readable(text: string): string {
  return visible(text).replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, (at) => exactly(at))
}
