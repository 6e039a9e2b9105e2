/**
 * Text as one line for a header field: attackers name incidents. White space, line ends among it, becomes
 * single spaces; control characters, and those that turn the direction of writing, are left out.
 */
export function oneLine(text: string): string {
  return text
    .replace(/[\s\u0085]+/g, ' ')
    .replace(/[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '')
    .replace(/\p{Surrogate}/gu, '\uFFFD')
    .trim()
}
