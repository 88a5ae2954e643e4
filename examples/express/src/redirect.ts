// Where to go after signing in. The address comes with the request, so anybody may have written it: only a path of this
// very site is followed, as a browser would understand it and not as it is spelled.

const here = 'http://here.invalid'
const longest = 1024

/** The path with query that `target` means on this site; `/` for anything that leads elsewhere. */
export function safePath(target: unknown): string {
  if (typeof target !== 'string' || target.length > longest || !target.startsWith('/')) return '/'
  if (!URL.canParse(target, here)) return '/'
  const { origin, pathname, search } = new URL(target, here)
  // Dots are resolved by now, and `/..//elsewhere` has become an address of another host.
  return origin === here && !/^\/[/\\]/.test(pathname) ? pathname + search : '/'
}
