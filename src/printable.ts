import type { Mask } from './secrets.js'

/** A stranger's words on one line, without control characters (a terminal obeys them), and not too many. */
export function printable(words: string, mask: Mask = (line) => line): string {
  const line = mask(words.replace(UNPRINTABLE, ' ').replace(/ {2,}/g, ' ').trim())
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}...` : line
}

/** Control characters, and those that turn the direction of a line around. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\u{202a}-\u{202e}\u{2066}-\u{2069}]+/gu

const LONGEST = 500
