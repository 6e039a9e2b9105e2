/** Levels within one another; data from a template can be deep. */
const deepest = 100

/**
 * JSON as Python writes it: `": "` and `", "` between, keys in order, other than ASCII escaped. With an
 * indent, even one of 0, every member is on a line of its own.
 */
export function pythonJson(value: unknown, indent: number | null): string {
  return written(value, indent, 0)
}

function written(value: unknown, indent: number | null, depth: number): string {
  if (depth > deepest) throw new Error(`data is more than ${deepest} levels deep`)
  if (typeof value === 'string') return ascii(value)
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (typeof value !== 'object' || value === null) return 'null'
  const list = Array.isArray(value)
  const members = list
    ? value.map((item: unknown) => written(item, indent, depth + 1))
    : Object.entries(value)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, item]) => `${ascii(key)}: ${written(item, indent, depth + 1)}`)
  const [open, close] = list ? ['[', ']'] : ['{', '}']
  if (members.length === 0) return open + close
  if (indent === null) return open + members.join(', ') + close
  const margin = (level: number) => `\n${' '.repeat(Math.min(indent, 16) * level)}`
  return open + margin(depth + 1) + members.join(`,${margin(depth + 1)}`) + margin(depth) + close
}

function ascii(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
