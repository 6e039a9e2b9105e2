import { IncidentMailerError, messageOf } from '../errors.js'
import type { MimeMail } from '../mail.js'
import { messageBytes } from '../mime.js'
import { writePrivately } from '../replace-file.js'

/**
 * Writes a mail's bytes to a file; where copies differ, the second to `file.2` and so on. Nobody but the
 * owner may read them.
 *
 * @throws IncidentMailerError `FILE_UNWRITABLE`
 */
export async function writeEml(mail: MimeMail, file: string): Promise<void> {
  for (const [index, { entity }] of mail.deliveries.entries()) {
    const path = index === 0 ? file : `${file}.${index + 1}`
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
