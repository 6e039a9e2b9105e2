/**
 * Parses JSON. What is wrong with text that is none is said by line and column, and without quoting it: there
 * may be a password on that line, and `JSON.parse` would print it.
 *
 * @throws SyntaxError such as `line 3, column 7: expected "," or "}"`
 */
export function parseJson(text: string): unknown {
  // PowerShell writes a byte order mark, which RFC 8259, section 8.1 lets a parser ignore.
  const json = text.startsWith('\uFEFF') ? text.slice(1) : text
  try {
    return JSON.parse(json)
  } catch {
    const { offset, expected } = findError(json)
    const before = json.slice(0, offset).split('\n')
    const column = (before.at(-1)?.length ?? 0) + 1
    throw new SyntaxError(`line ${before.length}, column ${column}: ${describe(json, offset, expected)}`)
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
