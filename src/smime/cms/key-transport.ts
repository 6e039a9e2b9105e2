import { constants, publicEncrypt } from 'node:crypto'
import type { Certificate } from '../certificates/certificate.js'
import { derNull, integer, octetString, oid, sequence, writeDer } from '../encoding/der.js'
import { oids } from '../encoding/oids.js'

/** How RSA encrypts the content's key: with PKCS#1 v1.5, or with the newer OAEP (RFC 8017, section 7). */
export type KeyTransport = 'pkcs1' | 'oaep'

/** KeyTransRecipientInfo (RFC 5652, section 6.2.1), version 0: by issuerAndSerialNumber. */
export function keyTransport(
  { publicKey, issuer, serialNumber }: Certificate,
  contentKey: Buffer,
  transport: KeyTransport,
): Buffer {
  const { padding, identifier } = paddings[transport]
  const encryptedKey = publicEncrypt({ key: publicKey, padding, oaepHash: 'sha256' }, contentKey)
  return sequence(integer(0), sequence(issuer, serialNumber), identifier, octetString(encryptedKey))
}

/** RSAES-OAEP-params with SHA-256 in both places (RFC 8551, section 2.3; RFC 4055, section 4.1). */
function oaepIdentifier(): Buffer {
  const sha256 = sequence(oid(oids.sha256), derNull)
  const parameters = sequence(writeDer(0xa0, sha256), writeDer(0xa1, sequence(oid(oids.mgf1), sha256)))
  return sequence(oid(oids.rsaesOaep), parameters)
}

const paddings: Readonly<Record<KeyTransport, { readonly padding: number; readonly identifier: Buffer }>> = {
  // RFC 3370, section 4.2.1.
  pkcs1: { padding: constants.RSA_PKCS1_PADDING, identifier: sequence(oid(oids.rsaEncryption), derNull) },
  oaep: { padding: constants.RSA_PKCS1_OAEP_PADDING, identifier: oaepIdentifier() },
}
