import { isSpace } from '../values/space.js'

/** Whether every character is of the kind, and there is one at least: Python's `isalpha()` and the like. */
function all(pattern: RegExp): (text: string) => boolean {
  return (text) => pattern.test(text)
}

/** Python's questions about the characters of a text. Each pattern is one class repeated, so it takes one pass. */
export const letterTests = {
  isalpha: all(/^\p{L}+$/u),
  isalnum: all(/^[\p{L}\p{Nd}\p{Nl}\p{No}]+$/u),
  isascii: all(/^[\0-\x7f]*$/),
  isdecimal: all(/^\p{Nd}+$/u),
  // Digits are decimals, and what stands for one: superscripts, circled digits.
  isdigit: all(
    /^[\p{Nd}\u00b2\u00b3\u00b9\u2070\u2074-\u2079\u2080-\u2089\u2460-\u2468\u2474-\u247c\u2488-\u2490]+$/u,
  ),
  isnumeric: all(
    /^[\p{Nd}\p{Nl}\p{No}\u4e00\u4e8c\u4e09\u56db\u4e94\u516d\u4e03\u516b\u4e5d\u5341\u767e\u5343\u842c\u3007]+$/u,
  ),
  isspace: (text: string) => text !== '' && Array.from(text).every(isSpace),
  isprintable: all(/^(?:[^\p{C}\p{Z}]| )*$/u),
  isidentifier: all(/^[\p{XID_Start}_]\p{XID_Continue}*$/u),
  islower: (text: string) => /\p{Lowercase}/u.test(text) && !/[\p{Lu}\p{Lt}]/u.test(text),
  isupper: (text: string) => /\p{Uppercase}/u.test(text) && !/[\p{Lowercase}\p{Lt}]/u.test(text),
  istitle,
} as const

function istitle(text: string): boolean {
  let inWord = false
  let found = false
  for (const character of text) {
    const upper = /[\p{Uppercase}\p{Lt}]/u.test(character)
    const lower = /\p{Lowercase}/u.test(character)
    if (upper && inWord) return false
    if (lower && !inWord) return false
    inWord = upper || lower
    found ||= inWord
  }
  return found
}

/** A first letter in title case, which some letters have beside upper case. */
function titleCase(character: string): string {
  const upper = character.toUpperCase()
  const rest = Array.from(upper)
  const special = titles.get(character) ?? titles.get(upper)
  if (special !== undefined) return special
  // A letter that becomes several in upper case, as the sharp s, keeps only the first of them so.
  return rest.length > 1 ? (rest[0] ?? '') + rest.slice(1).join('').toLowerCase() : upper
}

/** Letters whose title case is not their upper case: most stand for two, here as upper, title and lower case. */
const titles = new Map<string, string>([
  ['\u0149', '\u02bcN'],
  ...['\u01c4\u01c5\u01c6', '\u01c7\u01c8\u01c9', '\u01ca\u01cb\u01cc', '\u01f1\u01f2\u01f3'].flatMap(
    (letters) => Array.from(letters, (letter): [string, string] => [letter, letters.charAt(1)]),
  ),
])

/** The text with a first letter in title case, and the others in lower case. */
export function capitalize(text: string): string {
  const [first = ''] = text
  // Lower case looks at what stands before: a final sigma is one only after a letter.
  return titleCase(first) + text.toLowerCase().slice(first.toLowerCase().length)
}

/** Every run of letters with a first in title case, and the others in lower case: Python's `str.title()`. */
export function title(text: string): string {
  let whole = ''
  let inWord = false
  for (const character of text) {
    const cased = /[\p{Lowercase}\p{Uppercase}\p{Lt}]/u.test(character)
    whole += cased ? (inWord ? character.toLowerCase() : titleCase(character)) : character
    inWord = cased
  }
  return whole
}

/** Lower for upper and upper for lower. */
export function swapcase(text: string): string {
  let whole = ''
  for (const character of text) {
    if (/\p{Uppercase}/u.test(character)) whole += character.toLowerCase()
    else whole += /\p{Lowercase}/u.test(character) ? character.toUpperCase() : character
  }
  return whole
}

/** The text as it is compared when case does not matter: letters that become several in upper case do so. */
export function casefold(text: string): string {
  let whole = ''
  for (const character of text) {
    const upper = character.toUpperCase()
    const several = upper.length > character.length && character !== '\u0149'
    const lower = several ? upper.toLowerCase() : character.toLowerCase()
    whole += folded.get(character) ?? lower
  }
  return whole
}

const folded = new Map([
  ['\u03c2', '\u03c3'],
  ['\u017f', 's'],
  ['\u1e9e', 'ss'],
])
