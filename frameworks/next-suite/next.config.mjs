import { join } from 'node:path'

export default {
  // The library is linked from outside of this folder.
  turbopack: { root: join(import.meta.dirname, '../..') },
  // Paths of the suite are what they are.
  skipTrailingSlashRedirect: true,
  poweredByHeader: false,
}
