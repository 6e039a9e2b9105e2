/** White space as Python's str methods know it; JavaScript's own also counts U+FEFF, and not U+001C to 1F, U+0085. */
export function isSpace(character: string): boolean {
  const code = character.charCodeAt(0)
  if (code < 0x80) return code === 0x20 || (code >= 0x09 && code <= 0x0d) || (code >= 0x1c && code <= 0x1f)
  if (code < 0x2000) return code === 0x85 || code === 0xa0 || code === 0x1680
  return (
    code <= 0x200a ||
    code === 0x2028 ||
    code === 0x2029 ||
    code === 0x202f ||
    code === 0x205f ||
    code === 0x3000
  )
}

/** The text without characters that `strips` names, at its start, end or both. */
export function stripBy(
  text: string,
  strips: (character: string) => boolean,
  where: 'start' | 'end' | 'both',
) {
  let start = 0
  let end = text.length
  if (where !== 'end') while (start < end && strips(text.charAt(start))) start++
  if (where !== 'start') while (end > start && strips(text.charAt(end - 1))) end--
  return text.slice(start, end)
}

/** The text without white space at its ends. */
export function strip(text: string): string {
  return stripBy(text, isSpace, 'both')
}

/** The words between white space. */
export function words(text: string): string[] {
  const found: string[] = []
  let start = -1
  for (let at = 0; at < text.length; at++) {
    if (!isSpace(text.charAt(at))) {
      if (start < 0) start = at
    } else if (start >= 0) {
      found.push(text.slice(start, at))
      start = -1
    }
  }
  if (start >= 0) found.push(text.slice(start))
  return found
}

/** The lines, with or without what ends them, as Python's `splitlines` finds them. */
export function lines(text: string, keepEnds = false): string[] {
  const found: string[] = []
  let start = 0
  for (let at = 0; at < text.length; at++) {
    if (!endsLine(text.charCodeAt(at))) continue
    const end = at
    if (text.charCodeAt(at) === 0x0d && text.charCodeAt(at + 1) === 0x0a) at++
    found.push(text.slice(start, keepEnds ? at + 1 : end))
    start = at + 1
  }
  if (start < text.length) found.push(text.slice(start))
  return found
}

function endsLine(code: number): boolean {
  return (
    (code >= 0x0a && code <= 0x0d) ||
    (code >= 0x1c && code <= 0x1e) ||
    code === 0x85 ||
    code === 0x2028 ||
    code === 0x2029
  )
}

/** The text in runs of characters that are of a kind, and of those that are not, in turn. */
export function runs(text: string, isOfKind: (character: string) => boolean): string[] {
  const found: string[] = []
  let start = 0
  for (let at = 1; at <= text.length; at++) {
    if (at < text.length && isOfKind(text.charAt(at)) === isOfKind(text.charAt(start))) continue
    if (at > start) found.push(text.slice(start, at))
    start = at
  }
  return found
}
