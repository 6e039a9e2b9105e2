import { unescapeLiteral } from './string-literal.js'
import type { TokenType } from './tokenizer.js'

/** One piece of what stands inside of a tag. */
interface Piece {
  readonly type: TokenType
  readonly value: string
  /** How many characters of the source it takes. */
  readonly length: number
}

const digits = '\\d+(?:_\\d+)*'
const float = new RegExp(`${digits}(?:(?:\\.${digits})?[eE][+-]?${digits}|\\.${digits})`, 'y')
const integer = /0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|0[xX](?:_?[\da-fA-F])+|[1-9](?:_?\d)*|0(?:_?0)*/y
const word = /\p{ID_Continue}+/uy
const string = /'[^'\\]*(?:\\[\s\S][^'\\]*)*'|"[^"\\]*(?:\\[\s\S][^"\\]*)*"/y
const operator = /\/\/|\*\*|[=!<>]=|[-+/*%~[\](){}<>=.:|,;]/y
const identifier = /^[\p{ID_Start}_]\p{ID_Continue}*$/u

/** The literal, name or operator at a place. `refuse` gets what is wrong where there is none. */
export function readPiece(text: string, at: number, refuse: (message: string) => never): Piece {
  // Behind a dot stands the number of a place, as in `rows.0.1`.
  const decimal = text[at - 1] === '.' ? undefined : matchAt(float, text, at)
  if (decimal !== undefined) return piece('float', decimal)
  const whole = matchAt(integer, text, at)
  if (whole !== undefined) return piece('int', whole)
  const name = matchAt(word, text, at)
  if (name !== undefined) {
    return identifier.test(name) ? piece('symbol', name) : refuse(`${quoted(name)} is not a name`)
  }
  const literal = matchAt(string, text, at)
  if (literal !== undefined) {
    return { type: 'string', value: unescapeLiteral(literal.slice(1, -1), refuse), length: literal.length }
  }
  const sign = matchAt(operator, text, at)
  if (sign !== undefined) return piece('operator', sign)
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0)
  if (/['"]/.test(character)) return refuse('this text has no end: a quote is missing')
  return refuse(`${quoted(character)} is not part of the template language`)
}

function piece(type: TokenType, value: string): Piece {
  return { type, value, length: value.length }
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 40))
}

function matchAt(expression: RegExp, text: string, at: number): string | undefined {
  expression.lastIndex = at
  return expression.exec(text)?.[0]
}
