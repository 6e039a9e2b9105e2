import { pixels } from './css-length.js'
import { blocks, cells } from './html-rules.js'

/** Whether one part of a value, or the whole of it, only dresses what it stands on. */
type Rule = (text: string) => boolean

const word: Rule = (text) => /^[a-z][a-z-]{0,40}$/i.test(text)
const oneOf = (words: string): Rule => {
  const known = new Set(words.split(' '))
  return (text) => known.has(text.toLowerCase())
}
const general = oneOf('inherit initial unset')
const automatic = oneOf('auto inherit initial unset')

/** A length from and up to so many pixels. */
const length =
  (least: number, most: number): Rule =>
  (text) => {
    const value = text.endsWith('%') ? null : pixels(text)
    return value !== null && value >= least && value <= most
  }

/** A number with the given unit, or with none, from and up to. */
const number = (unit: '' | '%', least: number, most: number): Rule => {
  const pattern = unit === '%' ? /^\d{1,3}(?:\.\d{1,8})?%$/ : /^(?:\d{1,3}(?:\.\d{1,8})?|\.\d{1,8})$/
  return (text) => pattern.test(text) && Number.parseFloat(text) >= least && Number.parseFloat(text) <= most
}

const either =
  (...rules: readonly Rule[]): Rule =>
  (text) =>
    rules.some((rule) => rule(text))

/** A list in which each part is one of these. White space inside of parentheses does not part. */
const listOf =
  (...rules: readonly Rule[]): Rule =>
  (text) =>
    (text.match(/(?:[^\s()]|\([^()]*\))+|[()]/g) ?? []).every(either(...rules))

const channel = String.raw`\s*\d{1,3}(?:\.\d{1,8})?%?\s*`
const alpha = String.raw`(?:[,/]\s*(?:1(?:\.0{1,8})?|100%)\s*)?`
const opaque = new RegExp(
  `^rgba?\\((?:${channel},${channel},${channel}|${channel} ${channel} ${channel})${alpha}\\)$`,
  'i',
)

/** A colour that is there: what cannot be seen through, and does not vanish. */
const colour: Rule = (text) => {
  if (/^#/.test(text)) return /^#(?:[\da-f]{3}f?|[\da-f]{6}(?:ff)?)$/i.test(text)
  return opaque.test(text) || (word(text) && text.toLowerCase() !== 'transparent')
}

const families: Rule = (text) =>
  /^(?:[a-z][\w-]*(?: [\w-]+)*|'[\w -]{1,60}'|"[\w -]{1,60}")(?:\s*,\s*(?:[a-z][\w-]*(?: [\w-]+)*|'[\w -]{1,60}'|"[\w -]{1,60}"))*$/i.test(
    text,
  )

const fontSize = either(
  oneOf('xx-small x-small small medium large x-large xx-large smaller larger inherit initial unset'),
  // What is relative goes by its own number: 2em, not 2em of 16 pixels.
  (text) => {
    const value = pixels(text)
    return value !== null && /[a-z%]$/i.test(text) && value >= 8 && value <= 32
  },
)

/** Lines at least as high as text of a usual size: lower ones would lie upon each other. */
const lineHeight = either(
  oneOf('normal inherit initial unset'),
  number('', 1, 3),
  number('%', 100, 300),
  length(14, 64),
)

const font: Rule = (text) => {
  const [, styles, size = '', line, names = ''] =
    /^((?:(?:[a-z-]+|[1-9]00) +)*)([\d.]+(?:%|[a-z]+)|(?:xx?-)?(?:small|large)|medium|smaller|larger)(?: *\/ *([\w.%]+))? +(.+)$/i.exec(
      text,
    ) ?? []
  if (styles === undefined) return word(text)
  return fontSize(size) && (line === undefined || lineHeight(line)) && families(names)
}

const words = listOf(word)
const space = listOf(length(0, 50), automatic)
const ground = listOf(colour, oneOf('transparent'), number('%', 0, 100), length(0, 0))
const lines = listOf(length(0, 10), colour, oneOf('transparent'))

/** What any element may say of itself, and how. */
const anywhere: Readonly<Record<string, Rule>> = {
  background: ground,
  'background-color': either(colour, oneOf('transparent')),
  'border-collapse': word,
  'border-radius': listOf(length(0, 50), number('%', 0, 100)),
  'border-spacing': space,
  color: colour,
  direction: word,
  font,
  'font-family': families,
  'font-size': fontSize,
  'font-style': word,
  'font-variant': words,
  'font-weight': either(word, oneOf('100 200 300 400 500 600 700 800 900')),
  'letter-spacing': either(oneOf('normal'), length(0, 5), general),
  'line-height': lineHeight,
  'list-style': words,
  'list-style-type': word,
  'overflow-wrap': word,
  'tab-size': number('', 1, 16),
  'text-align': word,
  // No length: a line through a text can be made as thick as a page.
  'text-decoration': listOf(colour),
  'text-indent': either(length(0, 50), general),
  'text-transform': word,
  'vertical-align': word,
  // What does not wrap goes on over its neighbours, unless it stands in a cell that grows with it.
  'white-space': oneOf('normal pre-line pre-wrap break-spaces inherit initial unset'),
  'word-break': word,
  'word-spacing': either(oneOf('normal'), length(0, 20), general),
  'word-wrap': word,
  ...sides('margin', space),
}

/** The padding and border of text are painted over the lines around it; those of a block take room. */
const boxes: Readonly<Record<string, Rule>> = { ...sides('padding', space), ...borders(lines) }
const boxesOfText: Readonly<Record<string, Rule>> = {
  ...sides('padding', listOf(length(0, 0))),
  ...borders(listOf(length(0, 0), oneOf('none'))),
}

/** A part of a table or an image is as wide as it says and grows with its content; text leaves a narrow block. */
const fixedWidths = widths(either(automatic, number('%', 1, 100), length(1, 1200)))
const shares = widths(either(automatic, number('%', 1, 100)))

const grows: ReadonlySet<string> = new Set([...cells, 'table', 'col', 'colgroup', 'img', 'hr'])
const isBox: ReadonlySet<string> = new Set([...blocks, ...cells, 'img'])

function sides(name: string, rule: Rule): Record<string, Rule> {
  const one = ['top', 'right', 'bottom', 'left'].map((side) => [`${name}-${side}`, rule])
  return Object.fromEntries([[name, rule], ...one])
}

function borders(rule: Rule): Record<string, Rule> {
  const parts = ['color', 'style', 'width'].map((part) => `border-${part}`)
  const ofSides = ['top', 'right', 'bottom', 'left'].flatMap((side) =>
    ['', '-color', '-style', '-width'].map((part) => `border-${side}${part}`),
  )
  return Object.fromEntries(['border', ...parts, ...ofSides].map((name) => [name, rule]))
}

function widths(rule: Rule): Record<string, Rule> {
  return { width: rule, 'max-width': rule, 'min-width': rule }
}

/**
 * The declarations of a style attribute that only dress the element they stand on. Nothing that loads
 * (`url()`), runs (`expression()`), hides, or lays one thing over another. Null where nothing of it stays.
 */
export function cleanStyle(style: string, element: string): string | null {
  const declarations = style.split(';').filter((declaration) => declaration.trim() !== '')
  const kept = declarations.filter((declaration) => isHarmless(declaration, element))
  if (kept.length === 0) return null
  return kept.length === declarations.length
    ? style
    : kept.map((declaration) => declaration.trim()).join('; ')
}

function isHarmless(declaration: string, element: string): boolean {
  const colon = declaration.indexOf(':')
  const property = declaration.slice(0, colon).trim().toLowerCase()
  const value = declaration.slice(colon + 1).trim()
  // Longer than anybody writes, and each rule looks at all of it.
  if (colon < 1 || value === '' || value.length > 300) return false
  const rule = ruleOf(property, element)
  // Font sizes are multiplied through in the order they are written in.
  const important = /^font(?:-size)?$/.test(property) ? '' : /\s*!important$/i
  return rule?.(value.replace(important, '')) ?? false
}

function ruleOf(property: string, element: string): Rule | undefined {
  const tables = [
    anywhere,
    isBox.has(element) ? boxes : boxesOfText,
    grows.has(element) ? fixedWidths : shares,
  ]
  return tables.find((table) => Object.hasOwn(table, property))?.[property]
}
