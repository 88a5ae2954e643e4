import { useLoaderData, type LoaderFunctionArgs } from 'react-router'
import { sojournOf } from './session.server.ts'

export function loader(call: LoaderFunctionArgs) {
  const { session } = sojournOf(call)
  return { subject: session?.subject ?? null, csrfToken: sojournOf(call).csrfToken() }
}

export default function Home() {
  const { subject, csrfToken } = useLoaderData<typeof loader>()
  if (subject === null) return <p>You are not signed in.</p>
  return (
    <form method="post" action="/sign-out">
      <p>You are {subject}.</p>
      <input type="hidden" name="csrf_token" value={csrfToken} />
      <button>Sign out</button>
    </form>
  )
}
