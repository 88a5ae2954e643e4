import { Toggle } from '@base-ui/react/toggle'
import { ToggleGroup } from '@base-ui/react/toggle-group'

/** One of a few. */
export function Choice<Value extends string>({
  label,
  value,
  choices,
  change,
}: {
  label: string
  value: Value
  choices: readonly (readonly [value: Value, name: string])[]
  change: (value: Value) => void
}) {
  return (
    <ToggleGroup
      className="choice"
      aria-label={label}
      value={[value]}
      onValueChange={([chosen]) => {
        // One is always chosen: pressing it again changes nothing.
        if (chosen !== undefined) change(chosen)
      }}
    >
      {choices.map(([one, name]) => (
        <Toggle key={one} value={one} className="choice-item">
          {name}
        </Toggle>
      ))}
    </ToggleGroup>
  )
}
