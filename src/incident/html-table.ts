const border = 'border: 1px solid #999999; padding: 4px 8px; text-align: left; vertical-align: top'

/** A table as HTML. */
export interface HtmlTable {
  /** Text above the table, or null. */
  readonly caption: string | null
  /** The texts of the header cells. */
  readonly headers: readonly string[]
  /** Cells as HTML: escaped, or cleaned. */
  readonly rows: readonly (readonly string[])[]
}

/** Writes a table that mail programs and screen readers understand, in no colours of its own. */
export function htmlTable({ caption, headers, rows }: HtmlTable): string {
  const head = headers.map((text) => `<th scope="col" style="${border}">${escapeText(text)}</th>`)
  const body = rows.map((row) => {
    const cells = row.map((html) => `<td style="${border}">${html}</td>`)
    return `<tr>${cells.join('')}</tr>\n`
  })
  return [
    '<table style="border-collapse: collapse">\n',
    caption === null ? '' : `<caption style="text-align: left">${escapeText(caption)}</caption>\n`,
    `<thead><tr>${head.join('')}</tr></thead>\n`,
    `<tbody>\n${body.join('')}</tbody>\n`,
    '</table>',
  ].join('')
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&#34;',
  "'": '&#39;',
}

/** Text as HTML shows it. */
export function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character)
}
