import { Tokenizer } from 'htmlparser2'
import { cleanStyle } from './clean-style.js'
import { fontSizeIn, isReadable, normalFontSize } from './font-size.js'
import {
  cells,
  elements,
  harmless,
  harmlessLink,
  impliedEnds,
  parents,
  tableParts,
  voids,
  withContent,
} from './html-rules.js'

interface Attribute {
  readonly name: string
  value: string
}

/** How deep elements may stand inside one another. Deeper tags are dropped, their text kept. */
const deepest = 60

/**
 * Rich text that an attacker may have written, safe to stand in a mail as HTML: elements, attributes, links
 * and styles of an allow-list, everything closed that was opened, nothing closed that was not. Text without
 * `<` is returned as it is, and so is harmless markup, byte for byte.
 *
 * One pass over the tokens, without building a tree, so that the time is linear in the length.
 */
export function cleanHtml(html: string): string {
  if (!html.includes('<')) return html
  const open: string[] = []
  /** The font size in each open element. */
  const fontSizes: number[] = []
  const output: string[] = []
  /** The element that is being dropped with its content, and how many of the same name are open in it. */
  let dropping: string | null = null
  let droppingDepth = 0
  let textEnd = 0
  let tagStart = 0
  let tag = ''
  let attributes: Attribute[] = []

  function text(start: number, end: number): void {
    textEnd = end
    // What is not followed by a letter, `/`, `!` or `?` opens no tag. At the end of a piece nobody knows.
    if (dropping === null) output.push(html.slice(start, end).replace(/<(?![\s\d=])/g, '&lt;'))
  }

  function closeTo(depth: number): void {
    while (open.length > depth) output.push(`</${open.pop()}>`)
    fontSizes.length = open.length
  }

  /** The innermost open element that is wanted: in the same table, and unless it is a table part, the same cell. */
  function findOpen(wanted: (name: string) => boolean, throughCells: boolean): number {
    for (let index = open.length - 1; index >= 0; index--) {
      const name = open[index] ?? ''
      if (wanted(name)) return index
      if (name === 'table' || (!throughCells && cells.has(name))) return -1
    }
    return -1
  }

  function startTag(end: number): void {
    const source = html.slice(tagStart, end)
    if (dropping !== null) {
      if (tag === dropping) droppingDepth++
    } else if (withContent.has(tag)) {
      if (!voids.has(tag)) {
        dropping = tag
        droppingDepth = 1
      }
    } else if (!elements.has(tag)) {
      // `<alice@example.com>` and `<https://example.com>` are what people write, not tags.
      if (!/^[a-z][a-z\d]*(?:[:-][a-z\d]+)*$/.test(tag)) output.push(asText(source))
    } else {
      const written = writeTag(tag, attributes, source)
      if (written === null || !makeRoom(tag)) return
      const fontSize = fontSizeIn(tag, written.style, fontSizes.at(-1) ?? normalFontSize)
      if (!isReadable(fontSize)) return
      output.push(written.source)
      if (voids.has(tag)) return
      open.push(tag)
      fontSizes.push(fontSize)
    }
  }

  /** Closes what the tag ends by itself. False where the tag has no business. */
  function makeRoom(name: string): boolean {
    const wholes = parents.get(name)
    if (wholes) {
      const whole = findOpen((each) => wholes.has(each), wholes.has('table') || wholes.has('tr'))
      if (whole < 0) return false
      closeTo(whole + 1)
    } else {
      const context = open.findLast((each) => tableParts.has(each) || cells.has(each))
      if (context !== undefined && tableParts.has(context)) return false
      const ends = impliedEnds.get(name)
      const ended = ends ? findOpen((each) => ends.has(each), false) : -1
      if (ended >= 0) closeTo(ended)
    }
    return open.length < deepest
  }

  function endTag(name: string, source: string): void {
    if (dropping !== null) {
      if (name === dropping && --droppingDepth === 0) dropping = null
      return
    }
    const depth = findOpen((each) => each === name, tableParts.has(name) || cells.has(name))
    if (depth < 0) return
    closeTo(depth + 1)
    open.pop()
    fontSizes.pop()
    output.push(/^<\/[a-z\d]+>$/i.test(source) ? source : `</${name}>`)
  }

  const tokenizer = new Tokenizer(
    { decodeEntities: true },
    {
      ontext: text,
      ontextentity: (_, end) => text(textEnd, end),
      onopentagname(start, end) {
        tagStart = start - 1
        tag = html.slice(start, end).toLowerCase()
        attributes = []
      },
      onattribname(start, end) {
        attributes.push({ name: html.slice(start, end).toLowerCase(), value: '' })
      },
      onattribdata(start, end) {
        const last = attributes.at(-1)
        if (last) last.value += html.slice(start, end)
      },
      onattribentity(codePoint) {
        const last = attributes.at(-1)
        if (last) last.value += String.fromCodePoint(codePoint)
      },
      onattribend() {},
      onopentagend(end) {
        textEnd = end + 1
        startTag(end + 1)
      },
      onselfclosingtag(end) {
        textEnd = end + 1
        startTag(end + 1)
      },
      onclosetag(start, end) {
        const close = html.indexOf('>', end) + 1
        textEnd = close
        endTag(html.slice(start, end).toLowerCase(), html.slice(start - 2, close))
      },
      oncomment: (_, end) => {
        textEnd = end + 1
      },
      ondeclaration: (_, end) => {
        textEnd = end + 1
      },
      onprocessinginstruction: (_, end) => {
        textEnd = end + 1
      },
      oncdata: (_, end) => {
        textEnd = end + 1
      },
      onend() {},
    },
  )
  tokenizer.write(html)
  tokenizer.end()
  closeTo(0)
  return output.join('')
}

const plainTag = /^<[a-z][a-z\d]*(?:\s+[a-z-]+(?:\s*=\s*(?:"[^"<>`]*"|'[^'<>`]*'|[\w.%#-]+))?)*\s*\/?>$/i

interface WrittenTag {
  readonly source: string
  readonly style: string | undefined
}

/** The start tag with what is harmless of its attributes: as it stands where that is all, or written anew. */
function writeTag(name: string, attributes: readonly Attribute[], source: string): WrittenTag | null {
  const kept: Attribute[] = []
  let unchanged = source.length <= 4000 && plainTag.test(source)
  for (const attribute of attributes) {
    const value = cleanAttribute(name, attribute)
    const twice = kept.some((each) => each.name === attribute.name)
    unchanged &&= value === attribute.value && !twice
    if (value !== null && !twice) kept.push({ name: attribute.name, value })
  }
  // An image from elsewhere tells its sender who read the mail, and when.
  if (name === 'img' && !kept.some((each) => each.name === 'src')) return null
  const style = kept.find((each) => each.name === 'style')?.value
  if (unchanged) return { source, style }
  const written = kept.map(({ name: key, value }) => ` ${key}="${escaped(value)}"`)
  return { source: `<${name}${written.join('')}>`, style }
}

function cleanAttribute(element: string, { name, value }: Attribute): string | null {
  if (name === 'style') return cleanStyle(value, element)
  if (name === (element === 'a' ? 'href' : element === 'img' ? 'src' : null)) {
    return harmlessLink(element, value) ? value : null
  }
  return harmless(element, name, value) ? value : null
}

function escaped(value: string): string {
  return value
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
}

function asText(source: string): string {
  return source.replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
