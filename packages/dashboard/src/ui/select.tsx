import { useId } from 'react'

/** One of several, by the browser's own list: it is good on a phone, and for every reader of screens. */
export function Select({
  label,
  value,
  choices,
  change,
}: {
  label: string
  value: string
  choices: readonly (readonly [value: string, name: string])[]
  change: (value: string) => void
}) {
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => change(event.currentTarget.value)}>
        {choices.map(([one, name]) => (
          <option key={one} value={one}>
            {name}
          </option>
        ))}
      </select>
    </div>
  )
}
