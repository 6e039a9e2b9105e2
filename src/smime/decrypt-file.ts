import { invalidOption } from '../options.js'
import { assertDecrypted } from './reading/assert-decrypted.js'
import { type MessageSource, readFromDisk, writeContent } from './reading/read-from-disk.js'
import { loadReadingBasis, type VerifyOptions } from './reading/reading-options.js'
import type { UnverifiedDecryptedFile, VerifiedFile } from './reading/verification.js'

/** What `decryptFile` is told. */
export interface DecryptFileOptions extends VerifyOptions {
  /** Where the decrypted content is written; what is there is replaced. */
  readonly out: string
  /** Write what is in a `broken` message too, which is not what was signed. Default false: it gets no file. */
  readonly releaseBroken?: boolean
}

/**
 * Does what `decrypt` does for a message that may be too large for the memory, and puts its content in a file.
 *
 * That file is there once all of the content is decrypted, and where it is authenticated its tag is checked; whole,
 * and readable for its owner alone. Before, and where anything goes wrong, nothing of it is. The result says whether
 * the file is `contentFile` or, of a message that is not verified, `unverifiedContentFile`: load nothing that such a
 * one points to. Of a message that is `broken` there is none, unless `releaseBroken` asks for it. Files without a name beside `out` hold what is needed on the way, as those of `verifyFile`.
 *
 * @example
 * ```ts
 * import { decryptFile } from 'incident-mailer/smime'
 *
 * const result = await decryptFile('./mail.eml', {
 *   identity: { p12: './soc.p12', passphrase: process.env.P12_PASSPHRASE },
 *   trust: './ca.pem',
 *   out: './content.eml',
 * })
 * const file = result.status === 'verified' ? result.contentFile : result.unverifiedContentFile
 * ```
 *
 * @param message - the path of a file that holds the whole message as it came (RFC 5322), or a MIME entity; or its
 * octets as they come
 * @throws IncidentMailerError `NOT_ENCRYPTED`; `DECRYPTION_FAILED`, which says no more of a damaged message than of
 * one for another key; `FILE_NOT_FOUND`, `FILE_UNREADABLE`, `FILE_UNWRITABLE`; `ABORTED` and `TIMEOUT` by the signal;
 * and for options that are wrong
 */
export async function decryptFile(
  message: MessageSource,
  options: DecryptFileOptions,
  { signal }: { signal?: AbortSignal } = {},
): Promise<VerifiedFile | UnverifiedDecryptedFile> {
  const { out, releaseBroken = false, ...others } = options
  if (typeof out !== 'string') throw invalidOption('out', 'out must be the path of the file to write')
  const basis = await loadReadingBasis(others, { signal })
  return await readFromDisk(message, basis, { out, signal }, async ({ report, content }) => {
    assertDecrypted(report)
    const { status, ...rest } = report
    if (status === 'broken' && !releaseBroken) return { status, ...rest, unverifiedContentFile: null }
    await writeContent(out, content)
    return status === 'verified'
      ? { status, ...rest, contentFile: out }
      : { status, ...rest, unverifiedContentFile: out }
  })
}
