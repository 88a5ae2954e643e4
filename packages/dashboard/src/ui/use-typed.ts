// What somebody types, told on when they pause: the server is not asked for every letter.

import { useEffect, useState } from 'react'

const pause = 250

/** The text of a field, what changes it, and the text as it was before the pause. */
export function useTyped(
  initial: string,
  tell: (text: string) => void,
): readonly [string, (text: string) => void] {
  const [text, setText] = useState(initial)
  const [told, setTold] = useState(initial)
  useEffect(() => {
    if (text === told) return
    const timer = setTimeout(() => {
      setTold(text)
      tell(text.trim())
    }, pause)
    return () => clearTimeout(timer)
  }, [text, told, tell])
  return [text, setText]
}
