import { cleanName } from './header-field.js'

/**
 * A file name as the recipient's system can take it: one path segment, with nothing invisible in it, nothing
 * that turns the reading direction around, and short enough for any file system (RFC 2183, section 2.3).
 * Attackers name what an incident collects.
 */
export function safeFileName(name: string): string {
  const visible = cleanName(name.normalize('NFC').replace(INVISIBLE, '')).replace(RESERVED, '_')
  return shorten(visible).replace(/[. ]+$/, '') || 'attachment'
}

/** Cuts the stem rather than the ending, by which a file is opened. */
function shorten(name: string): string {
  if (Buffer.byteLength(name) <= LONGEST) return name
  const ending = /\.[A-Za-z0-9]{1,10}$/.exec(name)?.[0] ?? ''
  let stem = ''
  let size = ending.length
  for (const character of name.slice(0, name.length - ending.length)) {
    size += Buffer.byteLength(character)
    if (size > LONGEST) break
    stem += character
  }
  return stem + ending
}

// Octets. File systems stop at 255.
const LONGEST = 200
// All but the joiners, which Persian words and emoji are written with.
const INVISIBLE = /(?![\u200c\u200d])\p{Cf}/gu
const RESERVED = /[/\\:*?"<>|]/g
