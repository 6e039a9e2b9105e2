import { IncidentMailerError, messageOf } from '../../errors.js'
import { type Logger, maskAddresses } from '../../logger.js'
import { quoted } from '../../quoted.js'
import { readSettingFile } from '../setting-file.js'
import { filesIn } from './files-in.js'
import { type RevocationList, readRevocationLists } from './revocation-list.js'

const endings: readonly string[] = ['.crl', '.pem', '.der']

/**
 * The revocation lists in a folder or file. One of a folder that cannot be read is told to the log; whatever it
 * would have said is then not known, which takes the trust away and does not give it.
 *
 * @throws IncidentMailerError `FILE_NOT_FOUND`, `FILE_UNREADABLE`; `INVALID_CONFIG` where the one file named holds
 * no list
 */
export async function crlStore(
  path: string,
  field: string,
  { signal, logger }: { signal?: AbortSignal; logger?: Logger },
): Promise<readonly RevocationList[]> {
  const files = await filesIn(path, endings, field)
  const lists: RevocationList[] = []
  for (const file of files ?? [path]) {
    const bytes = await readSettingFile(file, field, signal)
    try {
      lists.push(...readRevocationLists(bytes))
    } catch (thrown) {
      if (!files) throw unusable(path, field, messageOf(thrown), thrown)
      const facts = { file: maskAddresses(file), reason: maskAddresses(messageOf(thrown)) }
      logger?.warn(facts, 'a file among the revocation lists cannot be used')
    }
  }
  if (!files && lists.length === 0) throw unusable(path, field, 'it holds no revocation list')
  return lists
}

function unusable(path: string, field: string, why: string, cause?: unknown): IncidentMailerError {
  return new IncidentMailerError('INVALID_CONFIG', `${field}: ${quoted(path, 512)} cannot be used: ${why}`, {
    field,
    cause,
  })
}
