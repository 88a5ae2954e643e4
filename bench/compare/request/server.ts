// One server with one session layer, a process of its own: `server.ts fastify Sojourn redis://…`. Tells its parent the
// port and the cookies of some people, and then, as often as it is asked, how long it has kept cores busy.

import type { Layers } from './layer.ts'

export interface Started {
  readonly port: number
  /** The Cookie header of each person. */
  readonly cookies: readonly string[]
}

export const people = 100

const [framework = '', name = '', redis = ''] = process.argv.slice(2)
const { layers } = (await import(`./${framework}.ts`)) as { readonly layers: Layers }
const layer = layers[name]
if (!layer) throw new Error(`There is no ${name} for ${framework}`)
const port = await layer.listen(redis)
const cookies: string[] = []
for (let number = 0; number < people && layer.kind !== 'bare'; number++) {
  const answer = await fetch(`http://127.0.0.1:${port}/sign-in/${number}`, { headers: layer.headers ?? {} })
  if (!answer.ok) throw new Error(`${name} does not sign in: ${answer.status} ${await answer.text()}`)
  await answer.text()
  cookies.push(
    answer.headers
      .getSetCookie()
      .map((line) => line.split(';')[0])
      .join('; '),
  )
}
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send!(user + system)
})
process.on('disconnect', () => process.exit())
process.send!({ port, cookies } satisfies Started)
