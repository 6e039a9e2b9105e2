import type { HtmlToTextOptions } from 'html-to-text'
import { bareLines } from './bare-lines.js'

type Formatter = NonNullable<HtmlToTextOptions['formatters']>[string]
type Element = Parameters<Formatter>[0]
type ToText = (html: string) => string

let converter: Promise<ToText> | undefined

/**
 * HTML as plain text that reads well: links with their addresses, lists, headings, images by their alternative
 * text, data tables in columns. Tables that only lay a page out become lines. Loaded when it is first needed.
 */
export async function loadPlainText(): Promise<ToText> {
  converter ??= import('html-to-text').then(({ compile }) => {
    const convert = compile(options)
    return (html) => {
      if (unclosed(html) > deepest) return bareLines(html)
      const lines = convert(html).split('\n')
      return lines
        .map((line) => line.trimEnd())
        .join('\n')
        .replace(/\n{3,}/g, '\n\n')
        .trim()
    }
  })
  return await converter
}

const table: Formatter = (element, walk, builder, formatOptions) => {
  const name = isData(element) ? 'dataTable' : 'block'
  builder.options.formatters?.[name]?.(element, walk, builder, formatOptions)
}

const row: Formatter = (element, walk, builder) => {
  builder.openBlock({ leadingLineBreaks: 1 })
  walk(element.children, builder)
  builder.closeBlock({ trailingLineBreaks: 1 })
}

const cell: Formatter = (element, walk, builder) => {
  walk(element.children, builder)
  builder.addInline(' ')
}

const image: Formatter = (element, _, builder) => {
  const alternative: unknown = element.attribs.alt
  if (typeof alternative === 'string' && alternative.trim() !== '') builder.addInline(alternative)
}

const headings = ['h1', 'h2', 'h3', 'h4', 'h5', 'h6']

const options: HtmlToTextOptions = {
  wordwrap: 78,
  formatters: { image, table, row, cell },
  limits: { maxDepth: 500 },
  selectors: [
    { selector: 'table', format: 'table', options: { uppercaseHeaderCells: false, maxColumnWidth: 50 } },
    { selector: 'tr', format: 'row' },
    { selector: 'td', format: 'cell' },
    { selector: 'th', format: 'cell' },
    { selector: 'img', format: 'image' },
    { selector: 'a', options: { hideLinkHrefIfSameAsText: true, linkBrackets: ['<', '>'] } },
    { selector: 'ul', options: { itemPrefix: ' - ' } },
    { selector: 'hr', options: { length: 40 } },
    { selector: 'style', format: 'skip' },
    { selector: 'title', format: 'skip' },
    ...headings.map((selector) => ({ selector, options: { uppercase: false } })),
  ],
}

const layout = new Set(['table', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'hr', 'ul', 'ol', 'pre', 'blockquote'])

/** Whether a table holds data: rows of several cells, and in the cells words rather than parts of a page. */
function isData(element: Element): boolean {
  if (element.attribs.role === 'presentation' || element.attribs.role === 'none') return false
  let several = false
  const waiting: Element[] = [...element.children]
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    const { name = '', children = [] } = node
    if (layout.has(name)) return false
    if (name === 'tr') several ||= children.filter((child) => /^t[dh]$/.test(child.name ?? '')).length > 1
    for (const child of children) waiting.push(child)
  }
  return several
}

/** The parser takes quadratic time on elements that are never closed; people's mails have a handful. */
const deepest = 3000

/** How many elements are open at once, at most. Those without an end tag do not count. */
function unclosed(html: string): number {
  let open = 0
  let most = 0
  for (const [tag] of html.matchAll(/<\/?[a-z][a-z\d]*/gi)) {
    if (/^<(?:area|base|br|col|hr|img|input|link|meta|wbr)$/i.test(tag)) continue
    open = Math.max(0, open + (tag.startsWith('</') ? -1 : 1))
    most = Math.max(most, open)
  }
  return most
}
