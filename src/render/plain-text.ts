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
      if (!isOrdinary(html)) return withoutMarkup(html)
      try {
        const text = convert(html)
        // Each line of a quotation in quotations starts with as many marks.
        return text.length > 10 * html.length + 10_000 ? withoutMarkup(html) : tidy(text)
      } catch {
        // The converter has its own limits, such as the stack. A mail without a text would be worse.
        return withoutMarkup(html)
      }
    }
  })
  return await converter
}

function tidy(text: string): string {
  const lines = text.split('\n').map((line) => line.trimEnd())
  return lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
}

const table: Formatter = (element, walk, builder, formatOptions) => {
  boundSpans(element)
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
  if (typeof alternative === 'string' && alternative.trim() !== '')
    builder.addInline(`[${alternative.trim()}]`)
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

/** The converter fills in every place that a cell spans. */
const longestSpan = 100
const mostPlaces = 20_000

/** Makes the spans of a table's cells no larger than a mail can show, or none at all where they are too many. */
function boundSpans(element: Element): void {
  const spanning = spanningCells(element)
  let places = 0
  for (const { attribs } of spanning) {
    for (const name of ['colspan', 'rowspan']) {
      const span = Math.trunc(Number(attribs[name] ?? 1))
      attribs[name] = String(span > 1 ? Math.min(span, longestSpan) : 1)
    }
    places += Number(attribs.colspan) * Number(attribs.rowspan)
  }
  if (places <= mostPlaces) return
  for (const { attribs } of spanning) Object.assign(attribs, { colspan: '1', rowspan: '1' })
}

/** The cells of a table that span others; not those of tables in it, which are looked at by themselves. */
function spanningCells(element: Element): Element[] {
  const found: Element[] = []
  const waiting: Element[] = [...element.children]
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    const { name = '', attribs, children = [] } = node
    if (name === 'table') continue
    if (attribs && ('colspan' in attribs || 'rowspan' in attribs)) found.push(node)
    for (const child of children) waiting.push(child)
  }
  return found
}

/** Parser and converter take quadratic time on what is more than people's mails have. */
const longest = 2_000_000
const mostTags = 40_000
const mostOpen = 3000

/**
 * Whether HTML is of a size that the converter has time for: characters, tags, and elements that are open at
 * once. An end tag closes an element of its own name, else it closes nothing.
 */
function isOrdinary(html: string): boolean {
  if (html.length > longest) return false
  const open = new Map<string, number>()
  let tags = 0
  let depth = 0
  for (const [, slash, found = ''] of html.matchAll(/<(\/?)([a-z][a-z\d-]*)/gi)) {
    const name = found.toLowerCase()
    if (++tags > mostTags) return false
    if (voids.has(name)) continue
    const before = open.get(name) ?? 0
    if (slash === '/' && before === 0) continue
    const step = slash === '/' ? -1 : 1
    open.set(name, before + step)
    depth += step
    if (depth > mostOpen) return false
  }
  return true
}

const voids = new Set(['area', 'base', 'br', 'col', 'hr', 'img', 'input', 'link', 'meta', 'wbr'])

/** The text of HTML in a time that goes by the length alone, less well laid out. */
function withoutMarkup(html: string): string {
  const lower = html.toLowerCase()
  const shown: string[] = []
  let at = 0
  for (const { 1: name, index } of lower.matchAll(/<(style|script|title)\b/g)) {
    if (index < at) continue
    shown.push(html.slice(at, index))
    const end = lower.indexOf(`</${name}`, index)
    at = end < 0 ? html.length : end
  }
  return bareLines(shown.join('') + html.slice(at))
}
