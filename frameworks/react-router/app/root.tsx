import { Outlet } from 'react-router'
import { middleware as session } from './session.server.ts'

export const middleware = [session]

export default function Root() {
  return (
    <html lang="en">
      <head>
        <title>Sessions</title>
      </head>
      <body>
        <Outlet />
      </body>
    </html>
  )
}
