import type { Edited } from '../../config/edit-profiles.js'
import { type Outcome, printNote } from '../output.js'

/** What a command that changed profiles prints. */
export function editedOutcome(edited: Edited, does: string): Outcome {
  const { file, name, default: chosen, notes } = edited
  for (const note of notes) printNote(note)
  const which = chosen === null ? 'There is no default.' : `The default is ${chosen}.`
  return { json: edited, text: `${does} ${name} in ${file}. ${which}`, exitCode: 0 }
}
