import { createRequire } from 'node:module'
import type * as Re2 from 're2js'
import { messageOf } from '../errors.js'
import { quoted } from '../quoted.js'
import { pythonPattern, pythonReplacement } from './python-regex.js'

/** Characters of a pattern. */
const longestPattern = 1000
/** Characters times steps of the pattern: what one search may go through. */
const mostWork = 5_000_000
/** Characters of a result. */
const longestResult = 10_000_000
/** Milliseconds that all replacing in a render may take. */
const mostTime = 1000

// It takes 40 ms to load, few templates need it, and none can wait while they render.
let engine: typeof Re2 | undefined

/**
 * Makes Python's `re.sub` for one render. Templates bring the pattern and attackers the text: JavaScript's own
 * engine would go back and forth for years over `(a+)+$`. RE2's looks at each character once a search; many
 * searches are stopped by the clock.
 */
export function createRegexReplace() {
  const patterns = new Map<string, Re2.RE2JS>()
  let timeLeft = mostTime

  function compiled(pattern: string): Re2.RE2JS {
    const known = patterns.get(pattern)
    if (known) return known
    if (pattern.length > longestPattern) {
      throw new Error(`regex_replace takes patterns of ${longestPattern} characters at most`)
    }
    engine ??= load()
    try {
      const made = engine.RE2JS.compile(pythonPattern(pattern))
      patterns.set(pattern, made)
      return made
    } catch (cause) {
      const reason = messageOf(cause).replace(/^error parsing regexp: /, '')
      throw new Error(
        `regex_replace cannot use the pattern ${quoted(pattern)}: ${reason} (it knows neither look-around nor back-references)`,
        { cause },
      )
    }
  }

  function replace(text: string, pattern: string, replacement: string): string {
    const regex = compiled(pattern)
    if (text.length * regex.programSize() > mostWork) {
      throw new Error(
        `regex_replace has too much to do with ${text.length} characters and the pattern ${quoted(pattern)}`,
      )
    }
    const expand = pythonReplacement(replacement, regex.groupCount(), regex.namedGroups())
    const matcher = regex.matcher(text)
    const end = performance.now() + timeLeft
    const output: string[] = []
    let length = 0
    let copied = 0
    while (matcher.find()) {
      const piece = text.slice(copied, matcher.start()) + expand((group) => matcher.group(group) ?? '')
      output.push(piece)
      copied = matcher.end()
      length += piece.length
      if (length > longestResult) throw new Error('regex_replace makes too long a text')
      if (performance.now() > end) throw new Error(`regex_replace takes longer than ${mostTime} ms`)
    }
    return output.join('') + text.slice(copied)
  }

  return (text: unknown, pattern: unknown, replacement: unknown): string => {
    if (typeof text !== 'string' || typeof pattern !== 'string' || typeof replacement !== 'string') {
      throw new Error('regex_replace needs a text, a pattern and a replacement')
    }
    const started = performance.now()
    try {
      return replace(text, pattern, replacement)
    } finally {
      timeLeft -= performance.now() - started
    }
  }
}

function load(): typeof Re2 {
  return createRequire(import.meta.url)('re2js')
}
