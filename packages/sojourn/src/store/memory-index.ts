// Finding entries by id, by owner, and in the order of their ids, with one index for all three. An id begins with the
// first eight characters of its owner, so these lead to a group that holds all entries of the owner, and seldom anybody
// else's. Groups stand in partitions by the first two characters: small maps, so that none of them ever stops the
// process to grow or shrink, and sorting one of them is enough to read on in order.

/** What the index holds. */
interface Named {
  readonly id: string
  readonly owner: string
}

/** Most people have one session, and a map for each of them would cost more than the session. */
type Group<T> = T | Map<string, T>

type Partition<T> = Map<string, Group<T>>

const partitionLength = 2
const groupLength = 8

export class EntryIndex<T extends Named> {
  readonly #partitions = new Map<string, Partition<T>>()
  /** The names of the partitions, sorted; maybe also of some that are gone. Undefined when there is a new one. */
  #order: readonly string[] | undefined
  #size = 0

  get size(): number {
    return this.#size
  }

  find(id: string): T | undefined {
    const group = this.#group(id)
    if (group instanceof Map) return group.get(id)
    return group?.id === id ? group : undefined
  }

  ownedBy(owner: string): readonly T[] {
    return membersOf(this.#group(owner)).filter((item) => item.owner === owner)
  }

  /** Adds an item whose id is not taken. */
  add(item: T): void {
    const partition = this.#partition(item.id)
    const key = item.id.slice(0, groupLength)
    const group = partition.get(key)
    if (group === undefined) partition.set(key, item)
    else if (group instanceof Map) group.set(item.id, item)
    else partition.set(key, new Map([group, item].map((member) => [member.id, member])))
    this.#size++
  }

  /** Removes an item that is there. */
  remove(item: T): void {
    const partition = this.#partition(item.id)
    const key = item.id.slice(0, groupLength)
    const group = partition.get(key)
    if (group instanceof Map) {
      group.delete(item.id)
      if (group.size === 1) partition.set(key, membersOf(group)[0]!)
    } else partition.delete(key)
    if (partition.size === 0) this.#partitions.delete(item.id.slice(0, partitionLength))
    this.#size--
  }

  /** All items in the order of their ids, after `cursor`. Sorts as it goes: take what you need and stop. */
  *after(cursor: string | undefined): Generator<T> {
    this.#order ??= [...this.#partitions.keys()].sort()
    const start = cursor?.slice(0, partitionLength) ?? ''
    for (const key of this.#order) {
      if (key < start) continue
      const members = [...(this.#partitions.get(key)?.values() ?? [])].flatMap(membersOf)
      const rest = cursor === undefined ? members : members.filter(({ id }) => id > cursor)
      yield* rest.sort((a, b) => (a.id < b.id ? -1 : 1))
    }
  }

  #group(idOrOwner: string): Group<T> | undefined {
    return this.#partitions.get(idOrOwner.slice(0, partitionLength))?.get(idOrOwner.slice(0, groupLength))
  }

  #partition(id: string): Partition<T> {
    const key = id.slice(0, partitionLength)
    const known = this.#partitions.get(key)
    if (known) return known
    const partition: Partition<T> = new Map()
    this.#partitions.set(key, partition)
    this.#order = undefined
    return partition
  }
}

function membersOf<T>(group: Group<T> | undefined): readonly T[] {
  if (group === undefined) return []
  return group instanceof Map ? [...group.values()] : [group]
}
