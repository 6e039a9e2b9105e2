import { bytesOf } from './encoding/bytes.js'
import { memory } from './encoding/workspace.js'
import { assertDecrypted } from './reading/assert-decrypted.js'
import { readMessage } from './reading/read-message.js'
import { loadReadingBasis, type VerifyOptions } from './reading/reading-options.js'
import type { UnverifiedDecryptedMessage, VerifiedMessage } from './reading/verification.js'

/**
 * Decrypts a message, and finds out what `verify` does about what is inside. Where that is not `verified`, the
 * content has another name, `unverifiedContent`: whoever sent the message may have written it, and whoever carried
 * it may have changed it. Load nothing that it points to: that is how encrypted mail is read by others (EFAIL).
 *
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises'
 * import { decrypt } from 'incident-mailer/smime'
 *
 * const result = await decrypt(await readFile('./mail.eml'), {
 *   identity: { p12: './soc.p12', passphrase: process.env.P12_PASSPHRASE },
 *   trust: './ca.pem',
 * })
 * const content = result.status === 'verified' ? result.content : result.unverifiedContent
 * ```
 *
 * @param message - the whole message as it came (RFC 5322), or a MIME entity; for what is too large for the memory
 * there is `decryptFile`
 * @throws IncidentMailerError `NOT_ENCRYPTED`; `DECRYPTION_FAILED`, which says no more of a damaged message than of
 * one for another key; and for options that are wrong and files that cannot be read
 */
export async function decrypt(
  message: Uint8Array,
  options: VerifyOptions,
  context: { signal?: AbortSignal } = {},
): Promise<VerifiedMessage | UnverifiedDecryptedMessage> {
  const basis = await loadReadingBasis(options, context)
  const read = await readMessage(bytesOf(message), basis, memory)
  const { report } = read
  const content = read.content.read(0, read.content.length)
  assertDecrypted(report)
  const { status, ...rest } = report
  return status === 'verified'
    ? { status, ...rest, content }
    : { status, ...rest, unverifiedContent: content }
}
