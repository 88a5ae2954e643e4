// Figures as a table that can be read in a terminal and pasted into a page.

/** One row for each record, with its keys as headings. Numbers stand at the right. */
export function table(records: readonly Readonly<Record<string, string>>[]): string {
  const headings = Object.keys(records[0] ?? {})
  const widths = headings.map((heading) =>
    Math.max(heading.length, ...records.map((record) => (record[heading] ?? '').length)),
  )
  const isNumeric = headings.map((heading) =>
    records.every((record) => /^[\d.,]*$/.test(record[heading] ?? '')),
  )
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, at) => (isNumeric[at] ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!))).join(' | ')} |`
  const rule = `|${widths.map((width, at) => `${'-'.repeat(width + 1)}${isNumeric[at] ? ':' : '-'}`).join('|')}|`
  return [
    line(headings),
    rule,
    ...records.map((record) => line(headings.map((heading) => record[heading] ?? ''))),
  ].join('\n')
}
