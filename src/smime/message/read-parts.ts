import { IncidentMailerError } from '../../errors.js'
import { type ReadEntity, readEntity } from './read-entity.js'
import { readMultipart } from './read-multipart.js'
import { fileNameOf, isCmsType } from './smime-types.js'

/** A part without parts of its own. */
export interface ReadPart {
  /** `1.2` is the second part of the first; of a message with one part, `1`. */
  readonly path: string
  readonly contentType: string
  readonly name: string | null
  /** It is signed or encrypted by itself. */
  readonly isProtected: boolean
  /** Begins with header fields for old readers (RFC 9788, section 4.5.3.1). */
  readonly hasLegacyDisplay: boolean
}

const deepest = 20
const most = 1_000

/** The leaves of a MIME tree, as far as it can be read. */
export async function readParts(root: ReadEntity): Promise<ReadPart[]> {
  const parts: ReadPart[] = []
  await collect(root, [], parts)
  return parts
}

async function collect(entity: ReadEntity, path: readonly number[], parts: ReadPart[]): Promise<void> {
  if (parts.length >= most) return
  const { type, parameters } = entity.contentType
  const boundary = parameters.get('boundary')
  const isProtected = type === 'multipart/signed' || isCmsType(entity)
  const children =
    type.startsWith('multipart/') && boundary && !isProtected && path.length < deepest
      ? await childrenOf(entity, boundary)
      : []
  if (children.length === 0) {
    const isText = type === 'text/plain' || type === 'text/html'
    parts.push({
      path: path.join('.') || '1',
      contentType: type,
      name: fileNameOf(entity),
      isProtected,
      hasLegacyDisplay: isText && parameters.get('hp-legacy-display') === '1',
    })
  }
  for (const [index, child] of children.entries()) await collect(child, [...path, index + 1], parts)
}

async function childrenOf({ body }: ReadEntity, boundary: string): Promise<ReadEntity[]> {
  try {
    return (await readMultipart(body, boundary)).parts.map((part) => readEntity(part))
  } catch (thrown) {
    if (thrown instanceof IncidentMailerError) throw thrown
    // Too many to be read: told as one part.
    return []
  }
}
