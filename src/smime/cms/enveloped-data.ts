import { constants, createCipheriv, publicEncrypt, randomBytes } from 'node:crypto'
import { IncidentMailerError } from '../../errors.js'
import type { Certificate } from '../certificates/certificate.js'
import { derNull, integer, octetString, oid, sequence, sorted, tags, writeDer } from '../encoding/der.js'
import { oids } from '../encoding/oids.js'

/** Primitive [0] IMPLICIT: the encrypted content in one piece. GnuPG refuses a constructed one. */
const primitiveContext0 = 0x80

/**
 * Encrypts content so that the holders of these certificates can read it: EnvelopedData (RFC 5652, section 6)
 * with a fresh AES-256 key.
 */
export function envelope(content: Buffer, certificates: readonly Certificate[]): Buffer {
  const contentKey = randomBytes(32)
  const iv = randomBytes(16)
  const cipher = createCipheriv('aes-256-cbc', contentKey, iv)
  const ciphertext = [cipher.update(content), cipher.final()]
  const recipients = certificates.map((certificate) => recipientInfo(certificate, contentKey))
  const envelopedData = sequence(
    // Version 0: all recipients by issuerAndSerialNumber, nothing else (section 6.1).
    integer(0),
    writeDer(tags.set, sorted(recipients)),
    sequence(
      oid(oids.data),
      sequence(oid(oids.aes256Cbc), octetString(iv)),
      writeDer(primitiveContext0, ...ciphertext),
    ),
  )
  return sequence(oid(oids.envelopedData), writeDer(tags.context0, envelopedData))
}

const rsaPkcs1 = sequence(oid(oids.rsaEncryption), derNull)

/** KeyTransRecipientInfo (section 6.2.1) with RSA PKCS#1 v1.5 (RFC 3370, section 4.2.1). */
function recipientInfo(certificate: Certificate, contentKey: Buffer): Buffer {
  const { issuer, serialNumber } = certificate
  const encryptedKey = encryptKey(certificate, contentKey)
  return sequence(integer(0), sequence(issuer, serialNumber), rsaPkcs1, octetString(encryptedKey))
}

function encryptKey(certificate: Certificate, contentKey: Buffer): Buffer {
  const { publicKey, summary } = certificate
  try {
    return publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, contentKey)
  } catch (cause) {
    throw new IncidentMailerError(
      'INVALID_CERTIFICATE',
      `the certificate with the SHA-256 fingerprint ${summary.fingerprint} cannot be encrypted to: its RSA key is damaged; ask for another`,
      { cause },
    )
  }
}
