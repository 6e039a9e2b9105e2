/**
 * The body of a mail appended to a rendered template, both HTML: one whole document where either is one, else
 * one fragment. Attackers write bodies, so everything here goes through the text once.
 */
export function appendHtml(template: string, body: string): string {
  const templateStart = startOfBody(template)
  const bodyStart = startOfBody(body)
  if (templateStart < 0 && bodyStart >= 0) {
    return `${body.slice(0, bodyStart)}\n${template}\n${body.slice(bodyStart)}`
  }
  const addition = bodyStart < 0 ? body : inner(body, bodyStart)
  const end = endOfBody(template)
  return `${template.slice(0, end)}\n${addition}\n${template.slice(end)}`
}

/** Where the content of a whole document begins, or -1 for a fragment. */
function startOfBody(html: string): number {
  const lower = html.toLowerCase()
  const body = afterTag(lower, '<body')
  if (body >= 0) return body
  const head = afterTag(lower, '</head')
  return head >= 0 ? head : afterTag(lower, '<html')
}

/** Where the content of a document ends; for a fragment, its end. */
function endOfBody(html: string): number {
  const lower = html.toLowerCase()
  const ends = [lower.lastIndexOf('</body'), lower.lastIndexOf('</html')]
  return ends.find((end) => end >= 0) ?? html.length
}

/** What a document shows, with the style sheets of its head. */
function inner(html: string, start: number): string {
  return [
    ...styleSheets(html.slice(0, start)),
    html.slice(start, Math.max(start, endOfBody(html))).trim(),
  ].join('\n')
}

function styleSheets(head: string): string[] {
  const lower = head.toLowerCase()
  const sheets: string[] = []
  for (let from = lower.indexOf('<style'); from >= 0; ) {
    const close = lower.indexOf('</style', from)
    const end = close < 0 ? -1 : lower.indexOf('>', close)
    if (end < 0) break
    sheets.push(head.slice(from, end + 1))
    from = lower.indexOf('<style', end)
  }
  return sheets
}

/** The place behind the first tag that begins so, or -1. A `>` in a quoted attribute does not end it. */
function afterTag(lower: string, tag: string): number {
  let at = lower.indexOf(tag)
  while (at >= 0 && !/[\s/>]/.test(lower.charAt(at + tag.length))) at = lower.indexOf(tag, at + 1)
  if (at < 0) return -1
  let quote = ''
  for (let index = at + tag.length; index < lower.length; index++) {
    const character = lower.charAt(index)
    if (quote) quote = character === quote ? '' : quote
    else if (character === '>') return index + 1
    else if (character === '"' || character === "'") quote = character
  }
  return -1
}
