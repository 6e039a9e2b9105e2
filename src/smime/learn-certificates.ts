import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { IncidentMailerError, messageOf } from '../errors.js'
import { quoted } from '../quoted.js'
import type { VerifiedMessage } from './reading/verification.js'

/**
 * Puts the certificates of a message's signers into a folder, so that `encrypt({ certificates: folder })` finds
 * them. Only a verified message teaches anything: the types refuse any other, and so does this function.
 *
 * @example
 * ```ts
 * import { learnCertificates, verify } from 'incident-mailer/smime'
 *
 * const result = await verify(message, { trust: './ca.pem' })
 * if (result.status === 'verified') await learnCertificates(result, './certificates')
 * ```
 *
 * @returns the files that are new; none where all were known
 * @throws IncidentMailerError `INVALID_REQUEST` for a message that is not verified; `FILE_UNWRITABLE`
 */
export async function learnCertificates(message: VerifiedMessage, folder: string): Promise<string[]> {
  if (message.status !== 'verified')
    throw new IncidentMailerError(
      'INVALID_REQUEST',
      'only a verified message teaches certificates; look at its status first',
    )
  const learned: string[] = []
  for (const { certificate, pem } of message.signers) {
    if (!certificate || !pem) continue
    // Named by its fingerprint: nothing that strangers chose becomes part of a path.
    const file = join(folder, `${certificate.fingerprint.replaceAll(':', '').toLowerCase()}.pem`)
    if (await writeNew(folder, file, pem)) learned.push(file)
  }
  return learned
}

/** Writes a file that is not there yet; false where it is. */
async function writeNew(folder: string, file: string, content: string): Promise<boolean> {
  try {
    await mkdir(folder, { recursive: true })
  } catch (cause) {
    throw unwritable(folder, cause)
  }
  try {
    await writeFile(file, content, { flag: 'wx' })
    return true
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') return false
    throw unwritable(folder, cause)
  }
}

function unwritable(folder: string, cause: unknown): IncidentMailerError {
  return new IncidentMailerError(
    'FILE_UNWRITABLE',
    `cannot keep the certificate in ${quoted(folder, 512)}: ${messageOf(cause)}`,
    { cause },
  )
}
