import { IncidentMailerError, messageOf } from '../errors.js'
import { abortError, throwIfAborted } from '../pipeline.js'
import { quoted } from '../quoted.js'
import type { IncidentSource, IncidentWant } from './incident.js'
import { mostWants } from './wants.js'

/** What a source can only fetch: asked for while a template renders, got between two renders. */
export interface FetchedData {
  /** Whether the source can get such a thing at all. */
  can(kind: IncidentWant['kind']): boolean
  /** What was fetched. Undefined, and noted as missing, where it was not fetched yet. */
  ask(want: IncidentWant): unknown
  /** What was asked for and is not there, in words. */
  missing(): readonly string[]
  /** Gets all that is missing, in one call of the source. */
  fetch(signal: AbortSignal | undefined): Promise<void>
}

/** Makes the store of one mail. */
export function createFetchedData(source: IncidentSource | undefined): FetchedData {
  const answers = new Map<string, unknown>()
  const missing = new Map<string, IncidentWant>()

  return {
    can: (kind) => source?.fetch !== undefined && (source.fetches?.includes(kind) ?? true),
    ask(want) {
      const key = JSON.stringify(want)
      if (answers.has(key) || missing.has(key)) return answers.get(key)
      if (answers.size + missing.size >= mostWants) {
        throw new Error(`the template asks the incident source for more than ${mostWants} things`)
      }
      missing.set(key, want)
      return undefined
    },
    missing: () => [...missing.values()].map(inWords),
    async fetch(signal) {
      const keys = [...missing.keys()]
      const wants = [...missing.values()]
      const found = await fetchWants(source, wants, signal)
      keys.forEach((key, index) => {
        answers.set(key, found[index])
      })
      missing.clear()
    },
  }
}

/** Gets things in one call of the source: an answer for each. */
export async function fetchWants(
  source: IncidentSource | undefined,
  wants: readonly IncidentWant[],
  signal: AbortSignal | undefined,
): Promise<readonly unknown[]> {
  const what = wants.map(inWords)
  const context = signal ? { signal } : {}
  const found: unknown = await fromSource(what, signal, async () => source?.fetch?.(wants, context))
  if (Array.isArray(found) && found.length === wants.length) return found
  const count = Array.isArray(found) ? `${found.length} answers` : 'no list of answers'
  throw failed(what, `its fetch() gave ${count} for ${wants.length} wants`)
}

/**
 * Asks the source, until the signal fires: it need not heed it itself. What it throws comes out as an error of
 * ours that says what it was asked for.
 */
export async function fromSource<T>(
  what: readonly string[],
  signal: AbortSignal | undefined,
  ask: () => Promise<T>,
): Promise<T> {
  throwIfAborted(signal)
  let stop = () => {}
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(signal?.reason)
    signal?.addEventListener('abort', stop, { once: true })
  })
  try {
    return await Promise.race([ask(), stopped])
  } catch (thrown) {
    if (signal?.aborted) throw abortError(signal)
    if (thrown instanceof IncidentMailerError) throw thrown
    throw failed(what, quoted(messageOf(thrown), 200), thrown)
  } finally {
    signal?.removeEventListener('abort', stop)
  }
}

function failed(what: readonly string[], reason: string, cause?: unknown): IncidentMailerError {
  return new IncidentMailerError(
    'INCIDENT_SOURCE_FAILED',
    `the incident source failed to get ${listed(what)}: ${reason}`,
    { field: 'incidents', temporary: true, cause },
  )
}

/** The first few, and how many more there are. */
export function listed(what: readonly string[]): string {
  const named = what.slice(0, 5).join(', ')
  return what.length > 5 ? `${named} and ${what.length - 5} more` : named
}

function inWords(want: IncidentWant): string {
  switch (want.kind) {
    case 'field':
      return `field ${quoted(want.name)} of incident ${quoted(want.incidentId)}`
    case 'datatable':
      return `table ${quoted(want.name)} of incident ${quoted(want.incidentId)}`
    case 'query':
      return `the incidents where ${quoted(want.conditions.map(({ field_name: name }) => name).join(', '))} match`
    default:
      return `the ${want.kind} of incident ${quoted(want.incidentId)}`
  }
}
