// The route handlers of the story that is being told: the test hands them in.

const handle = (request, context) => globalThis.sojournNextSuite.route(request, context)

export {
  handle as GET,
  handle as HEAD,
  handle as OPTIONS,
  handle as POST,
  handle as PUT,
  handle as PATCH,
  handle as DELETE,
}
