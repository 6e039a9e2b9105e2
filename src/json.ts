import { quoted } from './quoted.js'

/**
 * Parses JSON. What is wrong with text that is none is said by line and column, and without quoting it: there
 * may be a password on that line, and `JSON.parse` would print it.
 *
 * A key that is there twice in one object is an error too. RFC 8259, section 4 leaves open which one counts:
 * a mail would go to one of two people, and nobody could tell to whom.
 *
 * @throws SyntaxError such as `line 3, column 7: expected "," or "}"`
 */
export function parseJson(text: string): unknown {
  // PowerShell writes a byte order mark, which RFC 8259, section 8.1 lets a parser ignore.
  const json = text.startsWith('\uFEFF') ? text.slice(1) : text
  const value = parse(json)
  const repeated = findRepeatedKey(json)
  if (!repeated) return value
  const { offset, key } = repeated
  throw errorAt(json, offset, `the key ${quoted(key)} is there twice; keep one of them`)
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    const { offset, expected } = findError(json)
    throw errorAt(json, offset, describe(json, offset, expected))
  }
}

function errorAt(text: string, offset: number, sentence: string): SyntaxError {
  const before = text.slice(0, offset).split('\n')
  const column = (before.at(-1)?.length ?? 0) + 1
  return new SyntaxError(`line ${before.length}, column ${column}: ${sentence}`)
}

/** Looks through text that is known to be JSON: a string with a colon behind it is a key. */
function findRepeatedKey(json: string): { offset: number; key: string } | null {
  const open: Set<string>[] = []
  const marks = /[{}"]/g
  for (let mark = marks.exec(json); mark; mark = marks.exec(json)) {
    const offset = mark.index
    if (mark[0] === '{') open.push(new Set())
    if (mark[0] === '}') open.pop()
    if (mark[0] !== '"') continue
    const end = endOfString(json, offset)
    marks.lastIndex = end
    if (json[end + (match(SPACE, json, end)?.length ?? 0)] !== ':') continue
    const key: string = JSON.parse(json.slice(offset, end))
    const keys = open.at(-1)
    if (keys?.has(key)) return { offset, key }
    keys?.add(key)
  }
  return null
}

/** The place behind the quotation mark that ends a string: one without an odd number of backslashes before it. */
function endOfString(json: string, start: number): number {
  let quote = json.indexOf('"', start + 1)
  for (;;) {
    let backslashes = 0
    while (json[quote - 1 - backslashes] === '\\') backslashes++
    if (backslashes % 2 === 0) return quote + 1
    quote = json.indexOf('"', quote + 1)
  }
}

type Expected = 'value' | 'value or ]' | 'key' | 'key or }' | ':' | ', or ]' | ', or }' | 'nothing more'

const SPACE = /[ \t\r\n]*/y
const TOKEN =
  /[{}[\],:]|"[ !#-[\]-\u{10ffff}]*(?:\\(?:["\\/bfnrt]|u[\da-fA-F]{4})[ !#-[\]-\u{10ffff}]*)*"|(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-])/uy

/** Walks through the tokens (RFC 8259, section 2) up to the first that is out of place. */
function findError(text: string): { offset: number; expected: Expected } {
  const open: ('{' | '[')[] = []
  let expected: Expected = 'value'
  let offset = 0
  for (;;) {
    offset += match(SPACE, text, offset)?.length ?? 0
    const token = match(TOKEN, text, offset)
    const next: Expected | undefined = token === undefined ? undefined : after(token, expected, open)
    if (token === undefined || next === undefined) return { offset, expected }
    offset += token.length
    expected = next
  }
}

function match(pattern: RegExp, text: string, offset: number): string | undefined {
  pattern.lastIndex = offset
  return pattern.exec(text)?.[0]
}

/** What may follow the token, or undefined where the token itself was not expected. Keeps book of what is open. */
function after(token: string, expected: Expected, open: ('{' | '[')[]): Expected | undefined {
  const whole = (): Expected => {
    const inside = open.at(-1)
    return inside === undefined ? 'nothing more' : inside === '{' ? ', or }' : ', or ]'
  }
  if (token === '}' || token === ']') {
    if (!expected.endsWith(`or ${token}`)) return undefined
    open.pop()
    return whole()
  }
  if (token === ':') return expected === ':' ? 'value' : undefined
  if (token === ',') return expected === ', or }' ? 'key' : expected === ', or ]' ? 'value' : undefined
  if (expected.startsWith('key')) return token.startsWith('"') ? ':' : undefined
  if (!expected.startsWith('value')) return undefined
  if (token === '{' || token === '[') {
    open.push(token)
    return token === '{' ? 'key or }' : 'value or ]'
  }
  return whole()
}

const WORDS: Readonly<Record<Expected, string>> = {
  value: 'a value',
  'value or ]': 'a value or "]"',
  key: 'a key in double quotes',
  'key or }': 'a key in double quotes or "}"',
  ':': '":"',
  ', or ]': '"," or "]"',
  ', or }': '"," or "}"',
  'nothing more': 'nothing more',
}

function describe(text: string, offset: number, expected: Expected): string {
  if (offset >= text.length) return `expected ${WORDS[expected]}, but the text ends here`
  const string = text[offset] === '"' && /^(?:key|value)/.test(expected)
  return string
    ? 'this string does not end, or holds a line break, a control character or a stray backslash'
    : `expected ${WORDS[expected]}`
}

/** JSON without what a terminal would obey or display in another order, which `JSON.stringify` leaves. */
export function formatJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(
    /[^\P{Cc}\n]|\p{Bidi_Control}/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
