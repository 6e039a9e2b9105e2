/** What a piece of content is. */
export type ContentFormat = 'html' | 'text'

/** Elements that make content HTML. Those of the second list do so with an end tag somewhere. */
const alone = /^(?:br|body|head|hr|html|img|li|meta|p|table|tbody|td|th|tr)$/
const paired =
  /^(?:a|abbr|address|article|aside|b|big|blockquote|center|code|dd|del|div|dl|dt|em|figure|font|footer|h[1-6]|header|i|ins|kbd|main|mark|nav|ol|pre|q|s|samp|section|small|span|strike|strong|style|sub|sup|thead|title|tt|u|ul|var)$/

/** Characters to look at. cheerio's parser takes quadratic time on elements that are never closed. */
const enough = 50_000

/**
 * Whether content is HTML or plain text. `a < b`, `<alice@example.com>` and `<https://example.com>` are text.
 * cheerio is only asked, and loaded, where a tag may be meant.
 */
export async function contentFormat(whole: string): Promise<ContentFormat> {
  const content = whole.slice(0, enough)
  if (!/<[a-z][a-z\d]*[\s/>]/i.test(content)) return 'text'
  if (/^\s*<(?:!doctype\s+html|html)[\s>]/i.test(content)) return 'html'
  const { load } = await import('cheerio/slim')
  const ends = new Set(
    [...whole.matchAll(/<\/([a-z][a-z\d]*)\s*>/gi)].map(([, name = '']) => name.toLowerCase()),
  )
  const names = load(
    content,
    {},
    false,
  )('*')
    .toArray()
    .map((node) => ('name' in node ? node.name.toLowerCase() : ''))
  const html = names.some((name) => alone.test(name) || (paired.test(name) && ends.has(name)))
  return html ? 'html' : 'text'
}
