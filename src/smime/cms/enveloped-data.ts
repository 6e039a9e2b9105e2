import type { SizedChunks } from '../../base64-lines.js'
import { IncidentMailerError } from '../../errors.js'
import type { Chunks } from '../../mime.js'
import type { Certificate } from '../certificates/certificate.js'
import { derHeader, derStart, integer, octetString, oid, sorted, tags, writeDer } from '../encoding/der.js'
import { oids } from '../encoding/oids.js'
import { pieces } from '../encoding/pieces.js'
import type { ContentCipher } from './cipher-table.js'
import { type ContentEncryption, contentEncryption } from './content-encryption.js'
import { keyAgreement } from './key-agreement.js'
import { type KeyTransport, keyTransport } from './key-transport.js'
import { type ContentCheck, sameContent } from './same-content.js'

/** How content is encrypted. */
export interface EnvelopeWishes {
  readonly cipher: ContentCipher
  readonly keyTransport: KeyTransport
}

/** A message to be encrypted, to recipients and with a key that are settled. */
export interface Envelope {
  /** EnvelopedData (RFC 5652, section 6), or AuthEnvelopedData (RFC 5083). */
  readonly type: 'enveloped-data' | 'authEnveloped-data'
  /** Encrypts content that is in memory, in DER: piece by piece, as they are asked for, once. */
  seal(content: readonly Uint8Array[]): SizedChunks
  /** Encrypts content as it is read, in BER. Each time with the same key, and so it must be the same content. */
  sealStream(content: Chunks): AsyncIterable<Uint8Array>
}

/** Encrypts a fresh key so that the holders of these certificates, and nobody else, can read what it encrypts. */
export function envelope(certificates: readonly Certificate[], wishes: EnvelopeWishes): Envelope {
  const encryption = contentEncryption(wishes.cipher)
  const recipients = certificates.map((each) => recipientInfo(each, encryption.key, wishes.keyTransport))
  const onlyTransport = certificates.every(({ publicKey }) => publicKey.asymmetricKeyType === 'rsa')
  // RFC 5652, section 6.1, for issuerAndSerialNumber and nothing else; RFC 5083, section 2.1.
  const version = encryption.isAuthenticated || onlyTransport ? 0 : 2
  const start = Buffer.concat([integer(version), writeDer(tags.set, sorted(recipients))])
  const check = encryption.isAuthenticated ? sameContent() : null
  return {
    type: encryption.isAuthenticated ? 'authEnveloped-data' : 'enveloped-data',
    seal: (content) => inMemory(start, content, encryption),
    sealStream: (content) => streamed(start, content, encryption, check),
  }
}

function recipientInfo(certificate: Certificate, contentKey: Buffer, transport: KeyTransport): Buffer {
  const isElliptic = certificate.publicKey.asymmetricKeyType === 'ec'
  try {
    return isElliptic
      ? keyAgreement(certificate, contentKey)
      : keyTransport(certificate, contentKey, transport)
  } catch (cause) {
    throw new IncidentMailerError(
      'INVALID_CERTIFICATE',
      `the certificate with the SHA-256 fingerprint ${certificate.summary.fingerprint} cannot be encrypted to: its key is damaged or too short; ask for another`,
      { cause },
    )
  }
}

function contentTypeOf({ isAuthenticated }: ContentEncryption): Buffer {
  return oid(isAuthenticated ? oids.authEnvelopedData : oids.envelopedData)
}

/** Primitive [0] IMPLICIT: the encrypted content in one piece. GnuPG refuses a constructed one of a known length. */
const primitiveContext0 = 0x80

/** Octets that are encrypted at a time, few enough for a processor's cache; of a stream they stand in one piece of BER's. */
const pieceSize = 256 * 1024

/** Everything in DER. The ciphertext, whose size is known before it is made, is never there as a whole. */
function inMemory(start: Buffer, content: readonly Uint8Array[], encryption: ContentEncryption): SizedChunks {
  const size = encryption.sizeOf(content.reduce((sum, { length }) => sum + length, 0))
  const tag = encryption.tagSize > 0 ? derHeader(tags.octetString, encryption.tagSize) : Buffer.alloc(0)
  const behind = tag.length + encryption.tagSize
  // From the inside out: [0], EncryptedContentInfo, EnvelopedData, [0], ContentInfo.
  const info = derStart(
    tags.sequence,
    [oid(oids.data), encryption.identifier, derHeader(primitiveContext0, size)],
    size,
  )
  const enveloped = derStart(tags.sequence, [start, info], size + behind)
  const explicit = derStart(tags.context0, [enveloped], size + behind)
  const head = derStart(tags.sequence, [contentTypeOf(encryption), explicit], size + behind)

  function* chunks(): Generator<Uint8Array> {
    const run = encryption.start()
    yield head
    for (const chunk of content) {
      for (let from = 0; from < chunk.length; from += pieceSize)
        yield run.update(chunk.subarray(from, from + pieceSize))
    }
    yield run.final()
    yield tag
    yield run.tag()
  }
  return { size: head.length + size + behind, chunks: chunks() }
}

const endOfContents = Buffer.from([0, 0])

/** The same in BER with indefinite lengths (X.690, section 8.1.3.6), for content whose length is not known yet. */
async function* streamed(
  start: Buffer,
  content: Chunks,
  encryption: ContentEncryption,
  check: ContentCheck | null,
): AsyncGenerator<Uint8Array> {
  const run = encryption.start()
  const open = (tag: number) => Buffer.from([tag, 0x80])
  yield Buffer.concat([
    open(tags.sequence),
    contentTypeOf(encryption),
    open(tags.context0),
    open(tags.sequence),
    start,
    open(tags.sequence),
    oid(oids.data),
    encryption.identifier,
    open(tags.context0),
  ])
  let place = 0
  for await (const piece of pieces(content, pieceSize)) {
    check?.piece(place++, piece)
    const ciphertext = run.update(piece)
    if (ciphertext.length > 0) yield* [derHeader(tags.octetString, ciphertext.length), ciphertext]
  }
  check?.end(place)
  const last = run.final()
  if (last.length > 0) yield octetString(last)
  yield Buffer.concat([
    // The content, its EncryptedContentInfo.
    endOfContents,
    endOfContents,
    ...(encryption.tagSize > 0 ? [octetString(run.tag())] : []),
    // EnvelopedData, [0], ContentInfo.
    endOfContents,
    endOfContents,
    endOfContents,
  ])
}
