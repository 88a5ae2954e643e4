// The reference page: the OpenAPI document as plain HTML. It has no script and loads nothing but its own style sheet, so
// it shows the same offline and under the strictest policy.

import type { JsonSchema } from './json-schema.ts'

interface OperationObject {
  readonly operationId: string
  readonly tags: readonly string[]
  readonly summary: string
  readonly description?: string
  readonly security: readonly JsonSchema[]
  readonly parameters?: readonly {
    name: string
    in: string
    required: boolean
    description: string
    schema: JsonSchema
  }[]
  readonly requestBody?: { readonly required: boolean; readonly content: Content }
  readonly responses: Readonly<Record<string, ResponseObject>>
}

interface ResponseObject {
  readonly description: string
  readonly headers?: Readonly<Record<string, { readonly description: string }>>
  readonly content?: Content
}

type Content = Readonly<Record<string, { readonly schema: JsonSchema }>>

interface Document {
  readonly info: {
    readonly title: string
    readonly version: string
    readonly summary: string
    readonly description: string
  }
  readonly servers: readonly [{ readonly url: string }]
  readonly tags: readonly { readonly name: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> }
}

/** The page for a document of ours. */
export function referencePage(value: JsonSchema): string {
  const document = value as unknown as Document
  const { info, tags, paths, components, servers } = document
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )
  const groups = tags.map(({ name }) => ({
    name,
    members: operations.filter(({ operation }) => operation.tags.includes(name)),
  }))
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(info.title)} ${escaped(info.version)}: reference</title>
<link rel="stylesheet" href="/docs/style.css">
</head>
<body>
<nav aria-label="Operations">
${groups.map(({ name, members }) => `<p>${escaped(name)}</p><ul>${members.map(link).join('')}</ul>`).join('\n')}
<p>Schemas</p><ul>${Object.keys(components.schemas)
    .map((name) => `<li><a href="#schema-${name}">${name}</a></li>`)
    .join('')}</ul>
</nav>
<main>
<h1>${escaped(info.title)} <small>${escaped(info.version)}</small></h1>
<p>${inline(info.description)}</p>
<p>At <code>${escaped(servers[0].url)}</code>. For programs: <a href="/openapi.json">openapi.json</a>.</p>
${groups.map(({ name, members }) => `<h2>${escaped(name)}</h2>\n${members.map(section).join('\n')}`).join('\n')}
<h2>Schemas</h2>
${Object.entries(components.schemas)
  .map(([name, schema]) => `<section id="schema-${name}"><h3>${name}</h3>${schemaBlock(schema)}</section>`)
  .join('\n')}
</main>
</body>
</html>
`
}

interface Member {
  readonly path: string
  readonly method: string
  readonly operation: OperationObject
}

function link({ path, method, operation }: Member): string {
  return `<li><a href="#${operation.operationId}"><b class="${method}">${method.toUpperCase()}</b> ${escaped(path)}</a></li>`
}

function section({ path, method, operation }: Member): string {
  const { operationId, summary, description, parameters = [], requestBody, responses, security } = operation
  return `<section id="${operationId}">
<h3><b class="${method}">${method.toUpperCase()}</b> <code>${escaped(path)}</code></h3>
<p><strong>${inline(summary)}</strong>${description === undefined ? '' : `<br>${inline(description)}`}</p>
<p class="needs">${needs(security)}</p>
${parameters.length === 0 ? '' : `<h4>Parameters</h4><dl>${parameters.map(parameterRow).join('')}</dl>`}
${requestBody ? `<h4>Body${requestBody.required ? '' : ' (may be left out)'}</h4>${contentBlock(requestBody.content)}` : ''}
<h4>Answers</h4>
<dl>${Object.entries(responses)
    .map(
      ([status, response]) =>
        `<dt>${status}</dt><dd>${paragraphs(response.description)}${headerList(response)}${statusContent(status, response.content)}</dd>`,
    )
    .join('')}</dl>
</section>`
}

function needs(security: readonly JsonSchema[]): string {
  if (security.length === 0) return 'For anybody.'
  const names = security.flatMap((one) => Object.keys(one))
  const words: Readonly<Record<string, string>> = {
    apiKey: 'an API key',
    clientSecret: 'an API key as client secret',
    accessToken: 'an access token',
    cookies: 'the cookies of a session',
  }
  return `With ${names.map((name) => words[name] ?? name).join(' or ')}.`
}

function parameterRow({
  name,
  in: place,
  required,
  description,
  schema,
}: NonNullable<OperationObject['parameters']>[number]): string {
  const text = [description, constraints(schema)].filter((part) => part !== '').join(' ')
  return `<dt><code>${escaped(name)}</code> <small>${place}${required ? ', required' : ''}</small></dt><dd>${inline(text)}</dd>`
}

function constraints({ maxLength }: JsonSchema): string {
  return typeof maxLength === 'number' ? `At most ${maxLength} characters.` : ''
}

function headerList({ headers = {} }: ResponseObject): string {
  const rows = Object.entries(headers).map(
    ([name, { description }]) => `<dt><code>${escaped(name)}</code></dt><dd>${inline(description)}</dd>`,
  )
  return rows.length === 0 ? '' : `<dl>${rows.join('')}</dl>`
}

// What a refusal looks like is said once, under Problem.
function statusContent(status: string, content: Content | undefined): string {
  return content && status < '300' ? contentBlock(content) : ''
}

function contentBlock(content: Content): string {
  const types = Object.keys(content)
  const schema = Object.values(content)[0]?.schema ?? {}
  return `<p class="type">${types.map((type) => `<code>${escaped(type)}</code>`).join(' or ')}</p>${schemaBlock(schema)}`
}

function schemaBlock(schema: JsonSchema): string {
  const text = escaped(JSON.stringify(schema, undefined, 2))
  const linked = text.replaceAll(
    /&quot;#\/components\/schemas\/(\w+)&quot;/g,
    '<a href="#schema-$1">&quot;$1&quot;</a>',
  )
  return `<pre tabindex="0">${linked}</pre>`
}

function paragraphs(text: string): string {
  return text
    .split('\n\n')
    .map((part) => `<p>${inline(part)}</p>`)
    .join('')
}

// The little Markdown that our texts have.
function inline(text: string): string {
  return escaped(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>')
}

function escaped(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  }
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? '')
}
