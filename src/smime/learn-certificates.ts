import { randomUUID } from 'node:crypto'
import { link, mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf, IncidentMailerError, messageOf } from '../errors.js'
import { quoted } from '../quoted.js'
import { CAPABILITIES_LABEL, writeCapabilities } from './certificates/capabilities.js'
import { readCertificates } from './certificates/certificate.js'
import type { VerifiedReport } from './reading/verification.js'

/**
 * Puts the certificates of a message's authors into a folder, so that `encrypt({ certificates: folder })` finds
 * them: of each the one that they ask for answers to be encrypted to, or else the one they signed with, together with
 * what their mail program says that it decrypts, which `cipher: 'auto'` goes by. One that names nobody in From is
 * not kept, nor one that is for signing alone. A file that is there stays as it is.
 *
 * Only a verified message teaches anything: the types refuse any other, and so does this function.
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
export async function learnCertificates(message: VerifiedReport, folder: string): Promise<string[]> {
  if (message.status !== 'verified')
    throw new IncidentMailerError(
      'INVALID_REQUEST',
      'only a verified message teaches certificates; look at its status first',
    )
  const authors = message.from?.map(({ address }) => address) ?? []
  const learned: string[] = []
  for (const { forAnswers, capabilities } of message.signers) {
    const [certificate] = readCertificates(forAnswers ?? '')
    if (!certificate?.addresses.some((address) => authors.includes(address))) continue
    // Named by its fingerprint: nothing that strangers chose becomes part of a path.
    const name = certificate.summary.fingerprint.replaceAll(':', '').toLowerCase()
    const file = join(folder, `${name}.pem`)
    const content = certificate.x509.toString() + capabilitiesPem(capabilities)
    if (await writeNew(folder, file, content)) learned.push(file)
  }
  return learned
}

/** Nothing for a mail program that says nothing. */
function capabilitiesPem(capabilities: readonly string[]): string {
  if (capabilities.length === 0) return ''
  const base64 = writeCapabilities(capabilities).toString('base64')
  const lines = base64.match(/.{1,64}/g)?.join('\n') ?? ''
  return `-----BEGIN ${CAPABILITIES_LABEL}-----\n${lines}\n-----END ${CAPABILITIES_LABEL}-----\n`
}

/**
 * Writes a file that is not there yet; false where it is. Whoever reads the folder meanwhile sees all of it or
 * nothing: unlike a new name, a link never takes another file's place.
 */
async function writeNew(folder: string, file: string, content: string): Promise<boolean> {
  const temporary = join(folder, `${randomUUID()}.tmp`)
  try {
    await mkdir(folder, { recursive: true })
    const handle = await open(temporary, 'wx', 0o600)
    try {
      await handle.writeFile(content)
      await handle.sync()
    } finally {
      await handle.close()
    }
    return await linked(temporary, file)
  } catch (cause) {
    throw new IncidentMailerError(
      'FILE_UNWRITABLE',
      `cannot keep the certificate in ${quoted(folder, 512)}: ${messageOf(cause)}`,
      { cause },
    )
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined)
  }
}

async function linked(temporary: string, file: string): Promise<boolean> {
  try {
    await link(temporary, file)
    return true
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') return false
    throw cause
  }
}
