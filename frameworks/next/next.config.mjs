import { join } from 'node:path'

export default {
  // The library and the people of the examples are outside of this folder.
  turbopack: { root: join(import.meta.dirname, '../..') },
  transpilePackages: ['sojourn'],
}
