import { useId } from 'react'

import { useTyped } from './use-typed.ts'

/** A field to search in, which asks when somebody pauses. */
export function Search({
  label,
  hint,
  value,
  change,
  isWide = false,
}: {
  label: string
  hint: string
  value: string
  change: (text: string) => void
  /** It has a line for itself where there is little room. */
  isWide?: boolean
}) {
  const id = useId()
  const [text, setText] = useTyped(value, change)
  return (
    <div className={isWide ? 'field grow wide' : 'field grow'}>
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type="search"
        placeholder={hint}
        maxLength={200}
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
    </div>
  )
}
