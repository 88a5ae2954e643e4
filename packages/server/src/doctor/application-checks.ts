// Every check of a running application.

import type { Application } from './application.ts'
import { cookieChecks } from './cookie-checks.ts'
import { logChecks } from './log-checks.ts'
import { secretChecks } from './secret-checks.ts'
import { sessionChecks } from './session-checks.ts'
import { tokenChecks } from './token-checks.ts'
import { transportChecks } from './transport-checks.ts'
import type { Checks } from './verdict.ts'

export const applicationChecks: Checks<Application> = {
  ...transportChecks,
  ...cookieChecks,
  ...tokenChecks,
  ...secretChecks,
  ...sessionChecks,
  ...logChecks,
}
