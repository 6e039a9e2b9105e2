import { type Place, TemplateError } from '../template-error.js'
import { readPiece } from './pieces.js'
import { afterWhitespace, normalizeSource, trimEnd, trimLine, whitespace } from './whitespace.js'

/** What a piece of a template's source is. `end` comes last, again and again. */
export type TokenType =
  | 'data'
  | 'block-start'
  | 'block-end'
  | 'variable-start'
  | 'variable-end'
  | 'symbol'
  | 'string'
  | 'int'
  | 'float'
  | 'operator'
  | 'end'

/** A piece of a template's source; lines and columns are counted from zero, as nunjucks' parser does. */
export interface Token {
  readonly type: TokenType
  readonly value: string
  readonly lineno: number
  readonly colno: number
}

/** How white space beside tags is treated. */
export interface WhitespaceOptions {
  /** Whether the first line break after a block tag goes. Default false. */
  readonly trimBlocks?: boolean
  /** Whether white space before a block tag that begins its line goes. Default false. */
  readonly lstripBlocks?: boolean
}

const space = `[${whitespace}]*`
const rawStart = new RegExp(`\\{%([-+]?)${space}raw${space}(-?)%\\}`, 'y')
const rawEnd = new RegExp(`\\{%([-+]?)${space}endraw${space}([-+]?)%\\}`, 'y')
const closing: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' }

/**
 * The tokens of a template: Jinja2's, and nothing beside them, so that whatever is no name, literal or
 * operator is refused before a parser or compiler sees it.
 *
 * @throws TemplateError with the place of what is wrong.
 */
export function tokenize(source: string, template: string, options: WhitespaceOptions = {}): Token[] {
  const text = normalizeSource(source)
  const tokens: Token[] = []
  const place = placesOf(text)
  let at = 0
  let startsLine = true

  function refuse(message: string, offset: number): never {
    const { lineno, colno } = place(offset)
    const location: Place = { template, line: lineno + 1, column: colno + 1 }
    throw new TemplateError(message, { kind: 'syntax', location })
  }

  const push = (type: TokenType, value: string, offset: number) => {
    tokens.push({ type, value, ...place(offset) })
  }

  function data(from: number, to: number, sign: string, isBlock: boolean): void {
    let value = text.slice(from, to)
    if (sign === '-') value = trimEnd(value)
    else if (sign === '' && isBlock && options.lstripBlocks) value = trimLine(value, startsLine)
    if (value !== '') push('data', value, from)
  }

  /** Goes on behind a tag that ends with `sign`. */
  function leave(end: number, sign: string, isBlock: boolean): void {
    at = sign === '-' ? afterWhitespace(text, end) : end
    if (sign === '' && isBlock && options.trimBlocks && text[at] === '\n') at++
    startsLine = text[at - 1] === '\n'
  }

  function comment(open: number, from: number): void {
    const end = text.indexOf('#}', from)
    if (end < 0) refuse('this comment has no end: #} is missing', open)
    const last = text.charAt(end - 1)
    leave(end + 2, end > from && /[-+]/.test(last) ? last : '', true)
  }

  function raw(open: number, match: RegExpExecArray): void {
    leave(open + match[0].length, match[2] ?? '', false)
    const from = at
    for (let next = text.indexOf('{%', from); next >= 0; next = text.indexOf('{%', next + 1)) {
      const end = matchAt(rawEnd, text, next)
      if (!end) continue
      data(from, next, end[1] ?? '', true)
      leave(next + end[0].length, end[2] ?? '', true)
      return
    }
    refuse('this raw block has no end: {% endraw %} is missing', open)
  }

  /** The inside of a tag, up to its end. */
  function code(open: number, isBlock: boolean): void {
    const end = isBlock ? '%}' : '}}'
    const brackets: string[] = []
    for (;;) {
      at = afterWhitespace(text, at)
      if (at >= text.length)
        refuse(
          `the template ends before this ${isBlock ? 'tag' : 'expression'} does: ${end} is missing`,
          open,
        )
      if (brackets.length === 0) {
        const sign = text.startsWith(end, at)
          ? ''
          : text.startsWith(end, at + 1)
            ? text.charAt(at)
            : undefined
        if (sign === '' || sign === '-' || (sign === '+' && isBlock)) {
          push(isBlock ? 'block-end' : 'variable-end', end, at)
          leave(at + sign.length + 2, sign, isBlock)
          return
        }
      }
      piece(brackets)
    }
  }

  function piece(brackets: string[]): void {
    const { type, value, length } = readPiece(text, at, (message) => refuse(message, at))
    if (type === 'operator') {
      const closer = closing[value]
      if (closer !== undefined) brackets.push(closer)
      else if (/[)\]}]/.test(value)) {
        const expected = brackets.pop()
        if (expected === undefined) refuse(`unexpected ${value}`, at)
        if (expected !== value) refuse(`unexpected ${value}, expected ${expected}`, at)
      }
    }
    push(type, value, at)
    at += length
  }

  for (;;) {
    const open = nextTag(text, at)
    if (open < 0) break
    const kind = text.charAt(open + 1)
    const sign = /[-+]/.test(text.charAt(open + 2)) ? text.charAt(open + 2) : ''
    data(at, open, sign, kind !== '{')
    const isRaw = kind === '%' ? matchAt(rawStart, text, open) : undefined
    if (kind === '#') comment(open, open + 2 + sign.length)
    else if (isRaw) raw(open, isRaw)
    else {
      push(kind === '%' ? 'block-start' : 'variable-start', `{${kind}`, open)
      at = open + 2 + sign.length
      code(open, kind === '%')
    }
  }
  data(at, text.length, '', false)
  push('end', '', text.length)
  return tokens
}

function matchAt(expression: RegExp, text: string, at: number): RegExpExecArray | undefined {
  expression.lastIndex = at
  return expression.exec(text) ?? undefined
}

function nextTag(text: string, from: number): number {
  let at = text.indexOf('{', from)
  while (at >= 0 && !/[{%#]/.test(text.charAt(at + 1))) at = text.indexOf('{', at + 1)
  return at
}

/** Where offsets are, asked for in rising order most of the time. */
function placesOf(text: string): (offset: number) => { lineno: number; colno: number } {
  let lineno = 0
  let start = 0
  return (offset) => {
    if (offset < start) [lineno, start] = [0, 0]
    for (let next = text.indexOf('\n', start); next >= 0 && next < offset; next = text.indexOf('\n', start)) {
      lineno++
      start = next + 1
    }
    return { lineno, colno: offset - start }
  }
}
