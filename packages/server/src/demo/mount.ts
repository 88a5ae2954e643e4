// placeholder until the demo is there
import type { ServeOptions } from '../serve.ts'
import type { ServerSettings } from '../settings.ts'

export function mountDemo(_settings: ServerSettings): NonNullable<ServeOptions['extra']> {
  return {
    mount: () => {},
    listeners: [],
    policy: { cookie: { idle: '10m', absolute: '1h', access: '30s' }, overlap: '6s' },
  }
}
