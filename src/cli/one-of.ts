import { IncidentMailerError } from '../errors.js'
import type { Tlp } from '../mail.js'
import { suggestion } from '../nearest.js'

/**
 * One of some words, in any case.
 *
 * @throws IncidentMailerError `USAGE`, with the one that was probably meant
 */
export function oneOf<Word extends string>(known: readonly Word[], word: string, otherwise: string): Word {
  const lower = word.toLowerCase()
  const found = known.find((each) => each === lower)
  if (found !== undefined) return found
  throw new IncidentMailerError('USAGE', `${otherwise}; ${suggestion(lower, known)}`)
}

/** What the flag `--tlp` says. */
export function tlpOf(word: string | undefined): Tlp | undefined {
  return word === undefined ? undefined : oneOf(LABELS, word, '--tlp: there is no such label')
}

const LABELS: readonly Tlp[] = ['red', 'amber', 'amber+strict', 'green', 'clear']
