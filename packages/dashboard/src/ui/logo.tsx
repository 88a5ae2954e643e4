export function Logo() {
  return (
    <svg className="logo" viewBox="0 0 24 24" fill="none" strokeLinecap="round" aria-hidden="true">
      <path d="M2.5 12h3M10.5 12h3" stroke="currentColor" strokeWidth="2" />
      <circle cx="3" cy="12" r="1.8" fill="currentColor" />
      <circle cx="9" cy="12" r="2.8" fill="currentColor" fillOpacity=".55" />
      <circle cx="18" cy="12" r="4.4" stroke="currentColor" strokeWidth="2.2" />
    </svg>
  )
}
