import { bytesOf } from './encoding/bytes.js'
import { memory } from './encoding/workspace.js'
import { readMessage } from './reading/read-message.js'
import { loadReadingBasis, type VerifyOptions } from './reading/reading-options.js'
import type { UnverifiedMessage, VerifiedMessage } from './reading/verification.js'

/**
 * Finds out what a message is worth: what was signed, by whom, whether an authority you trust vouches for them
 * today and did when they say to have signed, and whether they are who From says. What is encrypted is decrypted
 * first, where an identity is at hand.
 *
 * Only a message whose `status` is `verified` has `content`. All others have `reasons` why they are not.
 *
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises'
 * import { verify } from 'incident-mailer/smime'
 *
 * const result = await verify(await readFile('./mail.eml'), { trust: './ca.pem' })
 * if (result.status === 'verified') console.log(`from ${result.from?.[0]?.address}`, result.content.toString())
 * else console.log(result.status, result.reasons.map(({ message }) => message))
 * ```
 *
 * @param message - the whole message as it came (RFC 5322), or a MIME entity; for what is too large for the memory
 * there is `verifyFile`
 * @throws IncidentMailerError for options that are wrong and files that cannot be read; never for what is in the
 * message, however hostile
 */
export async function verify(
  message: Uint8Array,
  options: VerifyOptions = {},
  context: { signal?: AbortSignal } = {},
): Promise<VerifiedMessage | UnverifiedMessage> {
  const basis = await loadReadingBasis(options, context)
  const { report, content } = await readMessage(bytesOf(message), basis, memory)
  const { status, ...rest } = report
  return status === 'verified'
    ? { status, ...rest, content: content.read(0, content.length) }
    : { status, ...rest }
}
