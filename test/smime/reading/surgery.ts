import { sign } from 'node:crypto'
import {
  childOf,
  integer,
  octetString,
  oid,
  readDer,
  sequence,
  tags,
  writeDer,
} from '../../../src/smime/encoding/der.js'
import { oids } from '../../../src/smime/encoding/oids.js'
import type { TestCertificate } from '../../certificates/certificates.js'

/** A SignedData in pieces that can be exchanged. */
export interface SignedPieces {
  readonly digestAlgorithms: Buffer
  /** EncapsulatedContentInfo. */
  readonly encapsulated: Buffer
  /** The [0] with certificates, or nothing. */
  readonly certificates: Buffer
  readonly signers: readonly SignerPieces[]
}

export interface SignerPieces {
  readonly id: Buffer
  readonly digestAlgorithm: Buffer
  /** Null where there are none. */
  readonly attributes: readonly Buffer[] | null
  readonly signatureAlgorithm: Buffer
  readonly signature: Buffer
}

/** The pieces of a CMS SignedData. */
export function takeApart(cms: Buffer): SignedPieces {
  const data = childOf(childOf(readDer(cms), 1), 0)
  const certificates = data.children.find(({ tag }) => tag === tags.context0)
  return {
    digestAlgorithms: childOf(data, 1).raw,
    encapsulated: childOf(data, 2).raw,
    certificates: certificates?.raw ?? Buffer.alloc(0),
    signers: childOf(data, data.children.length - 1).children.map((signer) => {
      const attributes = childOf(signer, 3).tag === tags.context0 ? childOf(signer, 3) : null
      const at = attributes ? 4 : 3
      return {
        id: childOf(signer, 1).raw,
        digestAlgorithm: childOf(signer, 2).raw,
        attributes: attributes?.children.map(({ raw }) => raw) ?? null,
        signatureAlgorithm: childOf(signer, at).raw,
        signature: childOf(signer, at + 1).content,
      }
    }),
  }
}

/** A CMS SignedData of such pieces. */
export function putTogether({ digestAlgorithms, encapsulated, certificates, signers }: SignedPieces): Buffer {
  const infos = signers.map((signer) =>
    sequence(
      integer(1),
      signer.id,
      signer.digestAlgorithm,
      ...(signer.attributes ? [writeDer(tags.context0, ...signer.attributes)] : []),
      signer.signatureAlgorithm,
      octetString(signer.signature),
    ),
  )
  const data = sequence(
    integer(1),
    digestAlgorithms,
    encapsulated,
    certificates,
    writeDer(tags.set, ...infos),
  )
  return sequence(oid(oids.signedData), writeDer(tags.context0, data))
}

/** The same signer with other attributes, and a signature that fits them: a signer who does not keep to the rules. */
export function resigned(
  signer: SignerPieces,
  attributes: readonly Buffer[],
  by: TestCertificate,
): SignerPieces {
  return { ...signer, attributes, signature: sign('sha256', writeDer(tags.set, ...attributes), by.keyPem) }
}

/** The type of an attribute. */
export function typeOf(attribute: Buffer): Buffer {
  return childOf(readDer(attribute), 0).raw
}

/** The CMS message in a multipart/signed. */
export function signatureIn(message: Buffer): Buffer {
  const { text, start, end } = signaturePlace(message)
  return Buffer.from(text.slice(start, end), 'base64')
}

/** The message with another signature in it. */
export function withSignature(message: Buffer, cms: Buffer): Buffer {
  const { text, start, end } = signaturePlace(message)
  return Buffer.from(`${text.slice(0, start)}${lines(cms)}\r\n${text.slice(end)}`, 'latin1')
}

function signaturePlace(message: Buffer) {
  const text = message.toString('latin1')
  const start = text.indexOf('MI', text.indexOf('pkcs7-signature; name'))
  return { text, start, end: text.indexOf('--', start) }
}

/** An entity with a CMS message in it. */
export function cmsEntity(cms: Buffer, type = 'signed-data'): string {
  return `Content-Type: application/pkcs7-mime; smime-type=${type}; name="smime.p7m"\r\nContent-Transfer-Encoding: base64\r\n\r\n${lines(cms)}\r\n`
}

/** The CMS message in an application/pkcs7-mime entity. */
export function cmsIn(message: Buffer): Buffer {
  const text = message.toString('latin1')
  return Buffer.from(text.slice(text.search(/\r?\n\r?\n/)), 'base64')
}

function lines(cms: Buffer): string {
  return cms.toString('base64').replace(/(.{76})/g, '$1\r\n')
}
