/** Elements of rich text. Every other tag is dropped, its content kept. */
export const elements: ReadonlySet<string> = new Set(
  `a abbr address article aside b bdi big blockquote br caption center cite code col colgroup dd del dfn div dl dt em
  figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li mark ol p pre q s samp section small span
  strike strong sub sup table tbody td tfoot th thead time tr tt u ul var wbr`.split(/\s+/),
)

/** Elements that are dropped with all that is in them. */
export const withContent: ReadonlySet<string> = new Set(
  `applet audio canvas embed frameset head iframe math noembed noframes noscript object plaintext portal script select
  style svg template textarea title video xml xmp`.split(/\s+/),
)

/** Elements without a content or an end tag (HTML, section 13.1.2). */
export const voids: ReadonlySet<string> = new Set(
  'area base br col embed hr img input link meta param source track wbr'.split(' '),
)

/** Parts that stand only directly inside of certain others, opened in the same text. */
export const parents: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries({
    caption: 'table',
    colgroup: 'table',
    col: 'colgroup table',
    thead: 'table',
    tbody: 'table',
    tfoot: 'table',
    tr: 'thead tbody tfoot table',
    td: 'tr thead tbody tfoot table',
    th: 'tr thead tbody tfoot table',
    li: 'ul ol',
    dt: 'dl',
    dd: 'dl',
  }).map(([part, whole]) => [part, new Set(whole.split(' '))]),
)

/** Where the search for an open element ends: what is outside of a cell is not closed from inside. */
export const cells: ReadonlySet<string> = new Set(['td', 'th', 'caption'])

/** What can hold table parts alone. A browser moves anything else out of the table. */
export const tableParts: ReadonlySet<string> = new Set(['table', 'colgroup', 'thead', 'tbody', 'tfoot', 'tr'])

const headings = 'h1 h2 h3 h4 h5 h6'
/** Elements that stand on lines of their own. */
export const blocks: readonly string[] =
  `address article aside blockquote center dd div dl dt figcaption figure footer ${headings} header hr li ol
  p pre section table ul`.split(/\s+/)

/** What a start tag ends by itself (HTML, section 13.2.6.4.7): a block a paragraph, a link a link. */
export const impliedEnds: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ...blocks.map((name) => [name, new Set(['p'])] as const),
  ...headings.split(' ').map((name) => [name, new Set(['p', ...headings.split(' ')])] as const),
  ['a', new Set(['a'])],
])

const word = /^[\w .,'()-]{0,200}$/
// Neither nothing nor more than a mail is wide. A height moves what follows out of sight.
const width = /^(?:[1-9]\d{0,2}|1[01]\d\d|1200)(?:\.\d{1,2})?(?:px)?$|^(?:[1-9]\d?(?:\.\d{1,2})?|100)%$/
const height = /^(?:[1-9]\d?|[1-5]\d\d)(?:\.\d{1,2})?(?:px)?$/
const colour = /^(?:#[0-9a-f]{3,8}|[a-z]{3,20})$/i
const span = /^(?:[1-9]\d?|100)$/
const thickness = /^(?:1?\d|20)$/
const gap = /^[1-4]?\d$/
const any = /^[^\0]{0,1000}$/

const everywhere: Readonly<Record<string, RegExp>> = {
  align: /^(?:left|right|center|justify)$/i,
  bgcolor: colour,
  // Rich-text editors mark their output: `<div class="rte">`.
  class: /^[\w -]{0,100}$/,
  color: colour,
  dir: /^(?:ltr|rtl|auto)$/i,
  height,
  lang: /^[a-z\d-]{1,35}$/i,
  title: any,
  valign: /^(?:top|middle|bottom|baseline)$/i,
  width,
}

const special: Readonly<Record<string, Readonly<Record<string, RegExp>>>> = {
  a: { target: /^_blank$/i, rel: /^[a-z -]{0,60}$/i },
  col: { span },
  colgroup: { span },
  font: { face: word, size: /^(?:[1-6]|\+[1-3]|-[1-2])$/ },
  hr: { size: thickness, noshade: any },
  img: { alt: any, border: thickness },
  ol: { start: /^-?\d{1,6}$/, type: /^[1aAiI]$/ },
  li: { value: /^-?\d{1,6}$/ },
  table: { border: thickness, cellpadding: gap, cellspacing: gap, summary: any },
  td: { colspan: span, rowspan: span, nowrap: any },
  th: { colspan: span, rowspan: span, nowrap: any, scope: /^(?:col|row)(?:group)?$/i },
  time: { datetime: word },
}

/** Whether an attribute is harmless as it is. Links and styles are looked at elsewhere. */
export function harmless(element: string, name: string, value: string): boolean {
  const rules = special[element]
  const own = rules && Object.hasOwn(rules, name) ? rules[name] : undefined
  const rule = own ?? (Object.hasOwn(everywhere, name) ? everywhere[name] : undefined)
  return rule?.test(value) ?? false
}

/** Whether a link goes where a click may go. Relative ones have nothing to be relative to in a mail. */
export function harmlessLink(element: string, url: string): boolean {
  // Browsers skip control characters and spaces inside and before a scheme.
  if (/[\s\p{Cc}]/u.test(url.trim())) return false
  return (element === 'img' ? /^cid:/i : /^(?:https?:\/\/|mailto:|tel:|cid:)/i).test(url.trim())
}
