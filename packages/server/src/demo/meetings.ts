// Where two requests wait for each other, so that they are under way at the same moment however long the browser takes
// to send the second one. Both have left the browser with the same cookies by then: none has been answered.

const longestName = 64
const mostWaiting = 16
const patience = 1000

export class Meetings {
  readonly #waiting = new Map<string, () => void>()

  /** Resolves when another request has come to the meeting of that name, or when it is not to be expected any more. */
  async arrive(name: string): Promise<void> {
    const other = this.#waiting.get(name)
    if (other) return other()
    if (name.length > longestName || this.#waiting.size >= mostWaiting) return
    await new Promise<void>((resolve) => {
      const go = (): void => {
        clearTimeout(timer)
        this.#waiting.delete(name)
        resolve()
      }
      const timer = setTimeout(go, patience)
      this.#waiting.set(name, go)
    })
  }
}
