// What the tests need before any of them runs: the page of the dashboard, which the server serves.

import { buildDashboard } from './dashboard.mjs'

export function setup(): void {
  buildDashboard()
}
