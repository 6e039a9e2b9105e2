import { createHash } from 'node:crypto'
import { IncidentMailerError } from '../../errors.js'
import type { MimeEntity } from '../../mail.js'
import { type Chunks, entityChunks, isInMemory } from '../../mime.js'
import { throwIfAborted } from '../../pipeline.js'
import type { SignatureHash } from '../cms/signature-algorithm.js'
import { signedDataWriter } from '../cms/signed-data.js'
import type { Signer } from '../cms/signer-info.js'
import { surrounded } from '../encoding/surrounded.js'
import { cmsEntity, type OpenContent, signedEntity } from './smime-entity.js'
import { transportCheck } from './transport-safe.js'

/** Where the signed content stands: readable beside the signature, or inside it (RFC 8551, section 3.5). */
export type SignatureForm = 'detached' | 'opaque'

/** How one entity is signed. */
export interface Signing {
  readonly signingTime: Date
  /** Whether to leave the thread to others while the key works: it takes longer, but several can go on at once. */
  readonly inBackground: boolean
  readonly signal?: AbortSignal
}

/** Signs an entity. */
export type EntitySigner = (entity: MimeEntity, signing: Signing) => Promise<MimeEntity>

/** Prepares signers for many entities. Content is read once to sign it, and again with each reading of the result. */
export function entitySigner(signers: readonly Signer[], form: SignatureForm): EntitySigner {
  const hashes = [...new Set(signers.map(({ hash }) => hash))]
  const [firstHash = 'sha256'] = hashes
  const writer = signedDataWriter(signers)

  return async (entity, { signingTime, inBackground, signal }) => {
    const content = entityChunks(entity)
    const { size, digests } = await digest(content, hashes, signal)
    const signatures = signers.map(({ hash, sign }) => sign(digests(hash), signingTime, inBackground))
    const signerInfos = await Promise.all(signatures)
    const again: OpenContent = isInMemory(content)
      ? () => content
      : () => unchanged(entityChunks(entity), firstHash, digests(firstHash))
    if (form === 'detached') return signedEntity(again, writer.detached(signerInfos), hashes)
    const [start, end] = writer.around(signerInfos, size)
    const whole = { size: start.length + size + end.length }
    return cmsEntity(
      'signed-data',
      isInMemory(content)
        ? { ...whole, chunks: [start, ...content, end] }
        : () => surrounded(start, again(), end),
    )
  }
}

/** Reads content once: its size, its digest by each hash, and whether it will survive its way. */
async function digest(content: Chunks, hashes: readonly SignatureHash[], signal: AbortSignal | undefined) {
  const check = transportCheck()
  const digesting = new Map(hashes.map((hash) => [hash, createHash(hash)]))
  let size = 0
  const take = (chunk: Uint8Array) => {
    check.take(chunk)
    size += chunk.length
    for (const hash of digesting.values()) hash.update(chunk)
  }
  if (isInMemory(content)) content.forEach(take)
  else {
    for await (const chunk of content) {
      throwIfAborted(signal)
      take(chunk)
    }
  }
  check.end()
  const digests = new Map([...digesting].map(([hash, digested]) => [hash, digested.digest()]))
  return { size, digests: (hash: SignatureHash) => digests.get(hash) ?? Buffer.alloc(0) }
}

/**
 * The content once more. One that is a file may be another by now: its signature would be false, and of an opaque
 * one the lengths as well. That is found out at its end, before the signature is written, so the mail is never whole.
 */
async function* unchanged(content: Chunks, hash: SignatureHash, digest: Buffer): AsyncGenerator<Uint8Array> {
  const digesting = createHash(hash)
  for await (const chunk of content) {
    digesting.update(chunk)
    yield chunk
  }
  if (digesting.digest().equals(digest)) return
  throw new IncidentMailerError(
    'INVALID_REQUEST',
    "the mail's content is another one than when it was signed; do not change it while it is sent",
    { stage: 'sign' },
  )
}
