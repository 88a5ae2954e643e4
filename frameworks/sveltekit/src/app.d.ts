import type { Facts } from 'sojourn'
import type { Exchange } from 'sojourn/sveltekit'

declare global {
  namespace App {
    interface Locals {
      sojourn: Exchange<Facts, Facts>
    }
  }
}
