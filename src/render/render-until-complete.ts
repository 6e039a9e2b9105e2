import { IncidentMailerError } from '../errors.js'
import { type FetchedData, listed } from '../incident/fetched-data.js'
import { throwIfAborted } from '../pipeline.js'

/** How often a mail asks its incident source. Each answer may lead a template to its next question. */
export const mostRounds = 5

/**
 * Renders a mail as often as its templates ask for what the source has yet to get. What they were not told
 * yet is as if it were not there, so nothing of a render that lacks something is kept, its error included.
 */
export async function renderUntilComplete<T>(
  fetched: FetchedData,
  signal: AbortSignal | undefined,
  render: (lenient: boolean) => Promise<T>,
): Promise<T> {
  for (let round = 0; ; round++) {
    const outcome = await attempt(() => render(false))
    const missing = fetched.missing()
    if (missing.length === 0 || ('error' in outcome && !isTemplates(outcome.error))) {
      if ('error' in outcome) throw outcome.error
      return outcome.result
    }
    throwIfAborted(signal)
    if (round === mostRounds) {
      throw new IncidentMailerError(
        'TEMPLATE_ERROR',
        `the templates asked the incident source ${mostRounds} times, and still lack ${listed(missing)}; ask for less that depends on one another`,
        { field: 'template' },
      )
    }
    // It stopped at something that is not there yet. What it would ask for behind that belongs to this round.
    if ('error' in outcome) await attempt(() => render(true))
    await fetched.fetch(signal)
    throwIfAborted(signal)
  }
}

type Outcome<T> = { readonly result: T } | { readonly error: unknown }

async function attempt<T>(render: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { result: await render() }
  } catch (error) {
    return { error }
  }
}

/**
 * Whether it is the template's doing, and may not come again once the template knows more. What reached a bound
 * would only reach it again.
 */
function isTemplates(error: unknown): boolean {
  return (
    error instanceof IncidentMailerError &&
    (error.code === 'TEMPLATE_ERROR' || error.code === 'UNDEFINED_VARIABLE')
  )
}
