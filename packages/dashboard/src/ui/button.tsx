import type { ButtonHTMLAttributes } from 'react'

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly kind?: 'plain' | 'primary' | 'danger' | 'quiet'
  /** Something is under way: it stays where it is, and a second click does nothing. */
  readonly isBusy?: boolean
}

export function Button({
  kind = 'plain',
  isBusy = false,
  type = 'button',
  className,
  onClick,
  ...rest
}: ButtonProps) {
  return (
    <button
      // The rule wants a literal, and the type allows these only.
      type={type}
      className={['button', kind, className].filter(Boolean).join(' ')}
      aria-disabled={isBusy || undefined}
      data-busy={isBusy || undefined}
      onClick={isBusy ? (event) => event.preventDefault() : onClick}
      {...rest}
    />
  )
}
