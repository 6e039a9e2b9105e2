import { IncidentMailerError, messageOf } from '../errors.js'
import type { MimeMail } from '../mail.js'
import { messageBytes } from '../mime.js'
import { writePrivately } from '../replace-file.js'
import { type Inputs, refuseOverwrite } from './refuse-overwrite.js'

/**
 * Writes a mail's bytes to a file; where copies differ, the second to `file.2` and so on. Nobody but the
 * owner may read them.
 *
 * @param inputs - what must not be written over
 * @throws IncidentMailerError `FILE_UNWRITABLE`, `USAGE` where a file is one of the inputs
 */
export async function writeEml(mail: MimeMail, file: string, inputs: Inputs): Promise<void> {
  const copies = mail.deliveries.map(({ entity }, index) => {
    return { entity, path: index === 0 ? file : `${file}.${index + 1}` }
  })
  const paths = copies.map(({ path }) => path)
  await refuseOverwrite('--eml', paths, inputs)
  for (const { entity, path } of copies) {
    try {
      await writePrivately(path, await messageBytes(mail, entity))
    } catch (cause) {
      throw new IncidentMailerError(
        'FILE_UNWRITABLE',
        `cannot write the message to ${path}: ${messageOf(cause)}; nothing was sent`,
        { messageId: mail.messageId, cause },
      )
    }
  }
}
