// One authenticated request, warm: how long the session layer keeps a core busy, above what the framework needs to answer
// the same without one. Each is a server in a process of its own; the load comes from here.

import { redisServer } from '../../servers.ts'
import type { Layers } from '../request/layer.ts'
import { Target } from '../request/target.ts'
import { bestPeer, type Goal, type Row, type Work } from '../work.ts'

const titles: Readonly<Record<string, string>> = {
  node: 'node:http',
  express: 'Express',
  fastify: 'Fastify',
  hono: 'Hono',
  koa: 'Koa',
}

export const row: Row = {
  variants: Object.keys(titles),
  span: 500,
  warmUp: 2000,
  rounds: 9,

  async work(variant): Promise<Work> {
    const { layers } = (await import(`../request/${variant}.ts`)) as { readonly layers: Layers }
    const redis = variant === 'express' ? await redisServer() : undefined
    const targets: Target[] = []
    const close = async (): Promise<void> => {
      for (const target of targets) await target.stop()
      await redis?.close()
    }
    try {
      for (const [name, layer] of Object.entries(layers))
        targets.push(await Target.start(variant, name, layer, redis?.url ?? ''))
    } catch (error) {
      await close()
      throw error
    }
    const hasPeers = targets.some(({ layer }) => layer.kind === 'peer')
    const most = variant === 'express' || variant === 'koa' ? 6 : 4
    const goals: Goal[] = [{ atMost: most, who: 'Sojourn' }]
    if (hasPeers) goals.push({ times: 5, than: bestPeer, who: 'Sojourn' })
    return {
      row: 'request',
      variant,
      title: `One authenticated request on ${titles[variant]}, above the bare framework`,
      unit: 'µs of CPU',
      contenders: targets.map((target) => ({
        name: target.name,
        kind: target.layer.kind,
        prove: () => target.prove(),
        measure: (span) => target.cost(span),
      })),
      goals,
      close,
    }
  },
}
