import { createHash, sign } from 'node:crypto'
import {
  derNull,
  integer,
  octetString,
  oid,
  sequence,
  sorted,
  tags,
  time,
  writeDer,
} from '../encoding/der.js'
import { oids } from '../encoding/oids.js'
import type { Identity } from '../keys/identity.js'

/** Makes a detached signature in DER over content with that SHA-256 digest. */
export type Signer = (digest: Buffer, signingTime: Date) => Buffer

/**
 * Prepares an identity for signing: all that is the same in every SignedData (RFC 5652, section 5) is encoded
 * once, and so one signature costs little more than its RSA.
 */
export function signerOf({ key, certificate, chain }: Identity): Signer {
  const sha256 = sequence(oid(oids.sha256))
  const signerId = sequence(certificate.issuer, certificate.serialNumber)
  const certificates = writeDer(tags.context0, ...chain.map(({ der }) => der))
  const fixedAttributes = [
    attribute(oids.contentType, oid(oids.data)),
    // What the signer's own mail client can decrypt, best first (RFC 8551, section 2.5.2).
    attribute(oids.smimeCapabilities, sequence(sequence(oid(oids.aes256Cbc)), sequence(oid(oids.aes128Cbc)))),
    // Binds this certificate, so that no other with the same key can be put in its place (RFC 5035, section 4).
    attribute(
      oids.signingCertificateV2,
      sequence(sequence(sequence(octetString(createHash('sha256').update(certificate.der).digest())))),
    ),
  ]
  const signerInfoStart = Buffer.concat([integer(1), signerId, sha256])
  const rsa = sequence(oid(oids.rsaEncryption), derNull)
  // Version 1: issuerAndSerialNumber, and content of type data (RFC 5652, section 5.1).
  const signedDataStart = Buffer.concat([
    integer(1),
    writeDer(tags.set, sha256),
    sequence(oid(oids.data)),
    certificates,
  ])

  return (digest, signingTime) => {
    const attributes = sorted([
      ...fixedAttributes,
      attribute(oids.messageDigest, octetString(digest)),
      attribute(oids.signingTime, time(signingTime)),
    ])
    // Signed as a SET OF, embedded as [0] (RFC 5652, section 5.4).
    //
    // Synchronous, since one takes less than a millisecond, and async calls one after the other up to a third
    // more (measured with RSA-2048).
    const signature = sign('sha256', writeDer(tags.set, attributes), key)
    const signerInfo = sequence(
      signerInfoStart,
      writeDer(tags.context0, attributes),
      rsa,
      octetString(signature),
    )
    const signedData = sequence(signedDataStart, writeDer(tags.set, signerInfo))
    return sequence(oid(oids.signedData), writeDer(tags.context0, signedData))
  }
}

function attribute(type: string, value: Buffer): Buffer {
  return sequence(oid(type), writeDer(tags.set, value))
}
