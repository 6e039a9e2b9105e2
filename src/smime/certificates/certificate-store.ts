import { stat } from 'node:fs/promises'
import { IncidentMailerError, messageOf } from '../../errors.js'
import { maskAddresses } from '../../logger.js'
import type { StageContext } from '../../pipeline.js'
import { quoted } from '../../quoted.js'
import { readSettingFile } from '../setting-file.js'
import type { Certificate } from './certificate.js'
import { readCertificateFile } from './certificate-file.js'
import { filesIn } from './files-in.js'

/** What a folder or file of certificates holds at a moment. */
export interface StoreContent {
  readonly certificates: readonly Certificate[]
  /** Files of a folder that could not be read. */
  readonly unreadable: readonly string[]
}

/** Reads what the store holds now, for these addresses at least. */
export type CertificateStore = (context: StageContext, addresses: readonly string[]) => Promise<StoreContent>

/** The endings of a folder's files that are looked into. */
const endings: readonly string[] = ['.pem', '.crt', '.cer', '.der', '.ldif']

/**
 * A folder of files (`.pem`, `.crt`, `.cer`, `.der`, `.ldif`), each in PEM, DER or LDIF, or one such file. Files are read again when they change, so
 * certificates can be put there while the service runs.
 *
 * A broken file among many is told to the log and to whoever misses a certificate. It does not keep the other
 * mails from their recipients. Where the one configured file is broken, that is an error.
 */
export function certificateStore(path: string, field: string): CertificateStore {
  const cache = new Map<string, Cached>()

  const load = async (file: string, signal?: AbortSignal): Promise<readonly Certificate[]> => {
    const { mtimeMs, size } = await stat(file)
    const known = cache.get(file)
    if (known?.mtimeMs === mtimeMs && known.size === size) return known.certificates
    const certificates = readCertificateFile(await readSettingFile(file, field, signal))
    cache.set(file, { mtimeMs, size, certificates })
    return certificates
  }

  return async ({ signal, logger }) => {
    const files = await filesIn(path, endings, field)
    if (!files) return { certificates: await onlyFile(path, field, load(path, signal)), unreadable: [] }
    const certificates: Certificate[] = []
    const unreadable: string[] = []
    for (const file of files) {
      try {
        certificates.push(...(await load(file, signal)))
      } catch (thrown) {
        signal?.throwIfAborted()
        unreadable.push(file)
        // Such files are often called by the address that they are for.
        const facts = { file: maskAddresses(file), reason: maskAddresses(messageOf(thrown)) }
        logger?.warn(facts, 'a file among the certificates cannot be used')
      }
    }
    return { certificates, unreadable }
  }
}

interface Cached {
  readonly mtimeMs: number
  readonly size: number
  readonly certificates: readonly Certificate[]
}

/** The certificates of the one file that is configured: they have to be there. */
async function onlyFile(
  path: string,
  field: string,
  loading: Promise<readonly Certificate[]>,
): Promise<readonly Certificate[]> {
  try {
    const certificates = await loading
    if (certificates.length === 0) throw new Error('it holds no certificate')
    return certificates
  } catch (thrown) {
    if (thrown instanceof IncidentMailerError) throw thrown
    const message = `${field}: ${quoted(path, 512)} cannot be used: ${messageOf(thrown)}`
    throw new IncidentMailerError('INVALID_CERTIFICATE', message, { field, cause: thrown })
  }
}
