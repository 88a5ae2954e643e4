// The page for a path.

import { ApiKeys } from '../pages/api-keys/api-keys.tsx'
import { Audit } from '../pages/audit/audit.tsx'
import { Health } from '../pages/health/health.tsx'
import { Keys } from '../pages/keys/keys.tsx'
import { Overview } from '../pages/overview/overview.tsx'
import { OneSession } from '../pages/session/session.tsx'
import { Sessions } from '../pages/sessions/sessions.tsx'
import { OneSubject } from '../pages/subjects/subject.tsx'
import { Subjects } from '../pages/subjects/subjects.tsx'
import { Empty } from '../ui/states.tsx'
import { PageHead } from '../ui/page-head.tsx'
import { Link, usePath } from './router.tsx'

export function PageOf() {
  const path = usePath()
  const [, place = '', name] = /^\/([^/]*)(?:\/(.+))?$/.exec(path) ?? []
  const named = name === undefined ? undefined : decoded(name)
  switch (place) {
    case '':
      return <Overview />
    case 'sessions':
      return named === undefined ? <Sessions /> : <OneSession key={named} id={named} />
    case 'subjects':
      return named === undefined ? <Subjects /> : <OneSubject key={named} subject={named} />
    case 'keys':
      return <Keys />
    case 'api-keys':
      return <ApiKeys />
    case 'audit':
      return <Audit />
    case 'health':
      return <Health />
    default:
      return (
        <>
          <PageHead title="Nothing here" />
          <Empty title="There is no page of that name.">
            <Link to="/">Go to the overview</Link>
          </Empty>
        </>
      )
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
