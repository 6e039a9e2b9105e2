import { type MessageSource, readFromDisk, writeContent } from './reading/read-from-disk.js'
import { loadReadingBasis, type VerifyOptions } from './reading/reading-options.js'
import type { UnverifiedMessage, VerifiedFile } from './reading/verification.js'

/** What `verifyFile` is told. */
export interface VerifyFileOptions extends VerifyOptions {
  /**
   * Where the content of a verified message is written; what is there is replaced, and left as it is by any other
   * message. Default: the content is not written.
   */
  readonly out?: string
}

/**
 * Does what `verify` does for a message that may be too large for the memory, and puts its content in a file.
 *
 * That file is there once all is checked, whole, and readable for its owner alone; before, and where anything goes
 * wrong, nothing of it is. The message is copied first, and what is decoded and decrypted on the way is kept in
 * files without a name, beside `out` or in the system's folder for temporary files (`TMPDIR`): there has to be room for
 * the message once for each layer of it, and once more. What has less than a megabyte stays in memory.
 *
 * @example
 * ```ts
 * import { verifyFile } from 'incident-mailer/smime'
 *
 * const result = await verifyFile('./mail.eml', { trust: './ca.pem', out: './content.eml' })
 * if (result.status === 'verified') console.log(`from ${result.from?.[0]?.address}`, result.contentFile)
 * else console.log(result.status, result.reasons.map(({ message }) => message))
 * ```
 *
 * @param message - the path of a file that holds the whole message as it came (RFC 5322), or a MIME entity; or its
 * octets as they come
 * @throws IncidentMailerError `FILE_NOT_FOUND`, `FILE_UNREADABLE`, `FILE_UNWRITABLE`; `ABORTED` and `TIMEOUT` by the
 * signal; and for options that are wrong; never for what is in the message, however hostile
 */
export async function verifyFile(
  message: MessageSource,
  options: VerifyFileOptions = {},
  { signal }: { signal?: AbortSignal } = {},
): Promise<VerifiedFile | UnverifiedMessage> {
  const { out, ...others } = options
  const basis = await loadReadingBasis(others, { signal })
  return await readFromDisk(message, basis, { out, signal }, async ({ report, content }) => {
    const { status, ...rest } = report
    if (status !== 'verified') return { status, ...rest }
    if (out !== undefined) await writeContent(out, content)
    return { status, ...rest, contentFile: out ?? null }
  })
}
