import { IncidentMailerError, messageOf } from '../../errors.js'
import type { StageContext } from '../../pipeline.js'
import { quoted } from '../../quoted.js'
import { untilAborted } from '../../until-aborted.js'
import { isPem } from '../encoding/pem.js'
import { type Certificate, comparableAddress } from './certificate.js'
import { readCertificateFile } from './certificate-file.js'
import type { CertificateStore } from './certificate-store.js'

/** What a look-up found: PEM or DER, alone or in a list; null, nothing or an empty list for none. */
export type FoundCertificates = string | Uint8Array | readonly (string | Uint8Array)[] | null | undefined

/**
 * Finds the certificates of a mail address somewhere else: in an LDAP directory, say. It may find several; the
 * best is taken. Those that do not name the address are not used.
 */
export type CertificateLookup = (
  address: string,
  context: StageContext,
) => FoundCertificates | Promise<FoundCertificates>

/** So long what was found is taken for true, in milliseconds. What was not found is asked for again. */
const keptFor = 5 * 60 * 1000

/** So many addresses' certificates are kept. */
const mostKept = 1_000

/** So many addresses are asked for at once. */
const atOnce = 8

/**
 * A store that asks a function for each recipient.
 *
 * @throws IncidentMailerError `CERTIFICATE_LOOKUP_FAILED`, temporary, where the function throws;
 * `INVALID_CERTIFICATE` for what is no certificate; `ABORTED` or `TIMEOUT`, also where the function does not heed
 * its signal
 */
export function lookupStore(lookup: CertificateLookup, field: string): CertificateStore {
  const kept = new Map<string, Kept>()

  const find = async (address: string, context: StageContext): Promise<readonly Certificate[]> => {
    const key = comparableAddress(address)
    const known = kept.get(key)
    if (known && known.until > Date.now()) return known.certificates
    kept.delete(key)
    const certificates = readFound(await ask(lookup, address, context, field), address, field)
    if (certificates.length > 0) {
      const [oldest] = kept.keys()
      if (kept.size >= mostKept && oldest !== undefined) kept.delete(oldest)
      kept.set(key, { certificates, until: Date.now() + keptFor })
    }
    return certificates
  }

  return async (context, addresses) => {
    const certificates: Certificate[] = []
    for (let start = 0; start < addresses.length; start += atOnce) {
      const some = addresses.slice(start, start + atOnce)
      const found = await Promise.all(some.map((address) => find(address, context)))
      certificates.push(...found.flat())
    }
    return { certificates, unreadable: [] }
  }
}

interface Kept {
  readonly certificates: readonly Certificate[]
  readonly until: number
}

async function ask(
  lookup: CertificateLookup,
  address: string,
  context: StageContext,
  field: string,
): Promise<FoundCertificates> {
  const { signal } = context
  try {
    return await untilAborted(signal, `answer of ${field} for ${quoted(address)}`, async () =>
      lookup(address, context),
    )
  } catch (thrown) {
    if (thrown instanceof IncidentMailerError || signal?.aborted) throw thrown
    throw new IncidentMailerError(
      'CERTIFICATE_LOOKUP_FAILED',
      `${field} failed for ${quoted(address)}: ${messageOf(thrown)}; nothing was sent, try again later`,
      { field, temporary: true, cause: thrown },
    )
  }
}

function readFound(found: FoundCertificates, address: string, field: string): Certificate[] {
  const items: readonly unknown[] = Array.isArray(found) ? found : [found]
  return items.flatMap((item) => {
    if (item === null || item === undefined || item === '') return []
    try {
      if (item instanceof Uint8Array) return readCertificateFile(Buffer.from(item))
      if (typeof item === 'string' && isPem(item)) return readCertificateFile(Buffer.from(item))
      throw new Error('it is neither PEM in a string nor DER in bytes')
    } catch (thrown) {
      throw new IncidentMailerError(
        'INVALID_CERTIFICATE',
        `${field}: what was found for ${quoted(address)} cannot be used: ${messageOf(thrown)}`,
        { field, cause: thrown },
      )
    }
  })
}
