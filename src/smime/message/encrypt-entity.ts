import type { MimeEntity } from '../../mail.js'
import { type Chunks, entityChunks, isInMemory } from '../../mime.js'
import type { Certificate } from '../certificates/certificate.js'
import { type EnvelopeWishes, envelope } from '../cms/enveloped-data.js'
import { cmsEntity } from './smime-entity.js'

/** Encrypts an entity's content, again and again: each time with a key of its own. */
export type EntityEncrypter = (certificates: readonly Certificate[], wishes: EnvelopeWishes) => MimeEntity

/** Octets of a stream that are rather held in memory: such a mail can be read by those who know no BER. */
const small = 1024 * 1024

/** Prepares an entity for encryption. A body that is a long stream stays one, and so does what comes out. */
export async function entityEncrypter(entity: MimeEntity): Promise<EntityEncrypter> {
  const content = await inMemoryIfSmall(entityChunks(entity))
  return (certificates, wishes) => {
    const { type, seal, sealStream } = envelope(certificates, wishes)
    return cmsEntity(type, content ? seal(content) : () => sealStream(entityChunks(entity)))
  }
}

/** Content that is in memory, or short enough to be; null for a longer stream, which is closed again. */
async function inMemoryIfSmall(content: Chunks): Promise<readonly Uint8Array[] | null> {
  if (isInMemory(content)) return content
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of content) {
    size += chunk.length
    if (size > small) return null
    chunks.push(chunk)
  }
  return chunks
}
