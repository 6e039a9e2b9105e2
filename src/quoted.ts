/**
 * A value as a message may show it: in quotes, on one line, cut, and with nothing in it that a terminal or a
 * log viewer would act on. Attackers write much of what ends up in an incident. A path from the settings may
 * be shown at length.
 */
export function quoted(value: unknown, longest = 80): string {
  const start = typeof value === 'string' ? value.slice(0, longest) : value
  const text = (typeof start === 'bigint' ? null : JSON.stringify(start)) ?? String(start)
  const visible = text.replace(INVISIBLE, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)
  const cut = visible.length > longest || start !== value
  return cut ? `${visible.slice(0, longest - 2)}…"` : visible
}

const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu
