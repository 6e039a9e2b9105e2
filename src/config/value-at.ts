import { isRecord } from './environment.js'

/** What stands at a path such as `transport.auth.user`; undefined where nothing does. Labels may hold dots. */
export function valueAt(value: unknown, path: string): unknown {
  if (path === '') return value
  if (!isRecord(value)) return undefined
  for (const [key, below] of Object.entries(value)) {
    if (path === key) return below
    if (!path.startsWith(`${key}.`)) continue
    const found = valueAt(below, path.slice(key.length + 1))
    if (found !== undefined) return found
  }
  return undefined
}
