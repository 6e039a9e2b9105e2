const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

/** Plain text as an HTML fragment that keeps its lines and its runs of spaces. */
export function textAsHtml(text: string): string {
  const escaped = text.trim().replace(/[&<>]/g, (character) => entities[character] ?? character)
  const lines = escaped.replace(/ {2}/g, '&nbsp; ').split(/\r\n|\r|\n/)
  return `<div>${lines.join('<br>\n')}</div>`
}
