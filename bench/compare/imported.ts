// Peers are imported by a name that is computed, because they are installed with the benchmarks only: the rest of the
// workspace compiles without, and sees of each the shape that is used.

export async function imported<T>(name: string): Promise<T> {
  return (await import(name)) as T
}
