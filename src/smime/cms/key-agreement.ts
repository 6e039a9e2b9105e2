import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { Certificate } from '../certificates/certificate.js'
import { childOf, integer, octetString, oid, readDer, sequence, tags, writeDer } from '../encoding/der.js'
import { oids } from '../encoding/oids.js'
import { type AgreementScheme, agreedKey } from '../keys/agreed-key.js'
import { wrapKey } from '../keys/key-wrap.js'
import type { DigestName } from '../keys/signature-scheme.js'

/** The hash that is as strong as a curve (RFC 5753, section 8). */
const schemes: Readonly<Record<string, readonly [digest: DigestName, id: Buffer]>> = {
  prime256v1: ['sha256', oid(oids.ecdhSha256)],
  secp384r1: ['sha384', oid(oids.ecdhSha384)],
  secp521r1: ['sha512', oid(oids.ecdhSha512)],
}

/** Whether a key is on a curve on which keys are agreed on: P-256, P-384 and P-521. */
export function isOnKnownCurve({ asymmetricKeyDetails }: KeyObject): boolean {
  return Object.hasOwn(schemes, asymmetricKeyDetails?.namedCurve ?? '')
}

/**
 * KeyAgreeRecipientInfo (RFC 5652, section 6.2.2) with ephemeral-static ECDH (RFC 5753, section 3.1): a key that is
 * agreed on by a fresh key of ours and the recipient's wraps the content's key.
 */
export function keyAgreement({ publicKey, issuer, serialNumber }: Certificate, contentKey: Buffer): Buffer {
  const { namedCurve = '' } = publicKey.asymmetricKeyDetails ?? {}
  const [digest, schemeId] = schemes[namedCurve] ?? ['sha256', oid(oids.ecdhSha256)]
  const ephemeral = generateKeyPairSync('ec', { namedCurve })
  const wrapKeyLength = contentKey.length as AgreementScheme['wrapKeyLength']
  const wrapAlgorithm = wraps[wrapKeyLength]
  const scheme = { digest, wrapAlgorithm, wrapKeyLength }
  const wrapped = wrapKey(agreedKey(ephemeral.privateKey, publicKey, null, scheme), contentKey)
  return writeDer(
    0xa1,
    // Version 3 (RFC 5652, section 6.2.2).
    integer(3),
    writeDer(tags.context0, originatorKey(ephemeral.publicKey)),
    sequence(schemeId, wrapAlgorithm),
    sequence(sequence(sequence(issuer, serialNumber), octetString(wrapped))),
  )
}

/** AES key wrap with as many bits as the content's key has; without parameters (RFC 3565, section 2.3.2). */
const wraps: Readonly<Record<AgreementScheme['wrapKeyLength'], Buffer>> = {
  16: sequence(oid(oids.aes128Wrap)),
  24: sequence(oid(oids.aes192Wrap)),
  32: sequence(oid(oids.aes256Wrap)),
}

/** OriginatorPublicKey as [1] IMPLICIT; the curve is the recipient's and need not be said (RFC 5753, section 7.1.2). */
function originatorKey(publicKey: KeyObject): Buffer {
  const info = readDer(publicKey.export({ format: 'der', type: 'spki' }))
  return writeDer(0xa1, sequence(oid(oids.ecPublicKey)), childOf(info, 1, tags.bitString).raw)
}
