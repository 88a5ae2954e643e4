export default function page() {
  return new Response('a page')
}

/** What a story provokes is no news. */
export function handleError() {}
