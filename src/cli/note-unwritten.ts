import { stat } from 'node:fs/promises'
import { printNote } from './output.js'

/**
 * Tells people that the file of `--out` was not written. A script that looks for it may find one of an earlier time.
 *
 * @param why - as half a sentence
 */
export async function noteUnwritten(out: string, why: string): Promise<void> {
  const isThere = await stat(out).then(
    () => true,
    () => false,
  )
  printNote(`${out} was not written, since ${why}${isThere ? '; what is there is from before' : ''}`)
}
