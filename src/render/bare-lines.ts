/**
 * HTML without its tags and comments, its commonest character references resolved: line breaks and blocks become
 * lines, other white space single spaces. For HTML that is nested too deeply to be read with more care.
 */
export function bareLines(html: string): string {
  let text = ''
  let at = 0
  for (;;) {
    const open = nextTag(html, at)
    if (open < 0) break
    const comment = html.startsWith('<!--', open)
    const close = comment ? html.indexOf('-->', open + 4) : html.indexOf('>', open)
    if (close < 0) break
    text += html.slice(at, open)
    at = close + (comment ? 3 : 1)
    if (/^<(?:br|\/(?:p|div|li|tr|h[1-6]|table|ul|ol|blockquote|pre))\b/i.test(html.slice(open, open + 12))) {
      text += '\n'
    }
  }
  const decoded = unescapeHtml(text + html.slice(at))
  return decoded
    .split('\n')
    .map((line) => line.split(/\s+/).join(' ').trim())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
}

function nextTag(html: string, from: number): number {
  let at = html.indexOf('<', from)
  while (at >= 0 && !/[a-z/!?]/i.test(html.charAt(at + 1))) at = html.indexOf('<', at + 1)
  return at
}

const named: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
}

/** The characters behind numeric references and the commonest named ones. */
function unescapeHtml(text: string): string {
  return text.replace(
    /&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|(amp|lt|gt|quot|apos|nbsp));/g,
    (all, decimal, hex, name) => {
      if (name !== undefined) return named[name] ?? all
      const code = Number.parseInt(hex ?? decimal, hex === undefined ? 10 : 16)
      return code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff)
        ? String.fromCodePoint(code)
        : all
    },
  )
}
