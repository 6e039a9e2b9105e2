/** What Python means by a class, for texts: the letters, digits and spaces of all scripts. */
const classes: Readonly<Record<string, string>> = {
  d: '\\p{Nd}',
  w: '\\p{L}\\p{N}_',
  s: '\\s\\v\\x1c-\\x1f\\x85\\p{Z}',
}

/**
 * A pattern of Python's `re` in RE2's words. What RE2 does not have (look-around, back-references) is left for it
 * to refuse; `\b`, and `\W` and `\S` within brackets, know ASCII alone.
 */
export function pythonPattern(pattern: string): string {
  let inBrackets = false
  return pattern.replace(/\\(.)|\[\^?\]?|\]|\{,(?=\d+\})/gs, (token, escaped: string | undefined) => {
    if (escaped !== undefined) return translated(token, escaped, inBrackets)
    if (token === '{,') return inBrackets ? token : '{0,'
    if (token === ']') inBrackets = false
    else if (!inBrackets) inBrackets = true
    else {
      // Within brackets an opening one is a character like others.
      inBrackets = !token.endsWith(']')
      return `\\${token}`
    }
    return token
  })
}

function translated(token: string, letter: string, inBrackets: boolean): string {
  if (letter === 'Z' && !inBrackets) return '\\z'
  const own = classes[letter]
  if (own !== undefined) return inBrackets ? own : `[${own}]`
  const other = inBrackets ? undefined : classes[letter.toLowerCase()]
  return other === undefined ? token : `[^${other}]`
}

const escapes: Readonly<Record<string, string>> = {
  '\\': '\\',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}

/**
 * Reads a replacement of Python's `re.sub`: `\1`, `\g<1>`, `\g<name>` and `\g<0>` stand for what groups
 * matched. Gives what makes the text for one match.
 */
export function pythonReplacement(
  replacement: string,
  groupCount: number,
  namedGroups: Readonly<Record<string, number>>,
): (group: (index: number) => string) => string {
  const parts: (string | number)[] = []
  let end = 0
  for (const { 0: token, 1: named, 2: numbered, 3: letter = '', index } of replacement.matchAll(
    /\\(?:g<([^<>]{1,100})>|([1-9]\d?)|(.|$))/gs,
  )) {
    parts.push(replacement.slice(end, index))
    end = index + token.length
    const group = named ?? numbered
    parts.push(group === undefined ? character(token, letter) : groupOf(group, groupCount, namedGroups))
  }
  parts.push(replacement.slice(end))
  return (group) => parts.map((part) => (typeof part === 'number' ? group(part) : part)).join('')
}

function character(token: string, letter: string): string {
  const known = escapes[letter]
  if (known !== undefined) return known
  if (letter === '' || /[a-z\d]/i.test(letter)) {
    throw new Error(`the replacement of regex_replace has ${token}, which means nothing; a backslash is \\\\`)
  }
  return token
}

function groupOf(name: string, count: number, named: Readonly<Record<string, number>>): number {
  const index = /^\d+$/.test(name) ? Number(name) : Object.hasOwn(named, name) ? named[name] : undefined
  if (index !== undefined && index <= count) return index
  throw new Error(`the replacement of regex_replace names group ${name}, which the pattern does not have`)
}
