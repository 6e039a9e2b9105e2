import { isRecord, variableIn } from './environment.js'

/**
 * What stands at a path such as `transport.auth.user` or `smime.cosigners[0].p12`; undefined where nothing does. Labels
 * may hold dots.
 */
export function valueAt(value: unknown, path: string): unknown {
  if (path === '') return value
  if (Array.isArray(value)) {
    const [whole = '', index, rest = ''] = /^\[(\d+)\]\.?(.*)$/s.exec(path) ?? []
    return whole === '' ? undefined : valueAt(value[Number(index)], rest)
  }
  if (!isRecord(value)) return undefined
  for (const [key, below] of Object.entries(value)) {
    if (path === key) return below
    if (!path.startsWith(`${key}.`) && !path.startsWith(`${key}[`)) continue
    const found = valueAt(below, path.slice(key.length).replace(/^\./, ''))
    if (found !== undefined) return found
  }
  return undefined
}

/** The variable that stands for a whole value at a path, as it is written there: `$NAME`; undefined where none does. */
export function variableAt(value: unknown, path: string): string | undefined {
  const name = variableIn(valueAt(value, path))
  return name && `$${name}`
}
