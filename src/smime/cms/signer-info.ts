import { createHash, sign } from 'node:crypto'
import { promisify } from 'node:util'
import type { Certificate } from '../certificates/certificate.js'
import { allows } from '../certificates/certificate-checks.js'
import { integer, octetString, oid, sequence, sorted, tags, time, writeDer } from '../encoding/der.js'
import { oids } from '../encoding/oids.js'
import type { Identity } from '../keys/identity.js'
import {
  digestIdentifiers,
  type SignatureHash,
  type SignatureWishes,
  signatureAlgorithm,
} from './signature-algorithm.js'

/** One who signs. */
export interface Signer {
  readonly hash: SignatureHash
  /** What readers need to check the signature, and to answer encrypted. */
  readonly certificates: readonly Certificate[]
  /** Makes the SignerInfo over content with that digest. */
  readonly sign: (digest: Buffer, signingTime: Date, inBackground: boolean) => Promise<Buffer>
}

/**
 * Prepares an identity for signing: all that is the same in every SignerInfo (RFC 5652, section 5.3) is encoded
 * once, and so one signature costs little more than its RSA.
 *
 * @throws Error that says what its key cannot do
 */
export function signerOf(identity: Identity, wishes: SignatureWishes): Signer {
  const { key, certificate, chain } = identity
  const { hash, identifier, input } = signatureAlgorithm(key, wishes)
  const signerId = sequence(certificate.issuer, certificate.serialNumber)
  const start = Buffer.concat([integer(1), signerId, digestIdentifiers[hash]])
  const forAnswers = encryptionCertificate(identity)
  const fixed = fixedAttributes(certificate, forAnswers)

  return {
    hash,
    certificates: forAnswers ? [...new Set([...chain, forAnswers])] : chain,
    sign: async (digest, signingTime, inBackground) => {
      const attributes = sorted([
        ...fixed,
        attribute(oids.messageDigest, octetString(digest)),
        attribute(oids.signingTime, time(signingTime)),
      ])
      // Signed as a SET OF, embedded as [0] (RFC 5652, section 5.4).
      const signed = writeDer(tags.set, attributes)
      const signature = inBackground ? await signInBackground(hash, signed, input) : sign(hash, signed, input)
      return sequence(start, writeDer(tags.context0, attributes), identifier, octetString(signature))
    },
  }
}

const signInBackground = promisify(sign)

/** The signed attributes that tell of the signer and not of the content. */
function fixedAttributes(certificate: Certificate, forAnswers: Certificate | undefined): Buffer[] {
  return [
    attribute(oids.contentType, oid(oids.data)),
    attribute(oids.smimeCapabilities, capabilities),
    ...(forAnswers ? [attribute(oids.encryptionKeyPreference, preference(forAnswers))] : []),
    // Binds this certificate, so that no other with the same key can be put in its place (RFC 5035, section 4).
    attribute(
      oids.signingCertificateV2,
      sequence(sequence(sequence(octetString(createHash('sha256').update(certificate.der).digest())))),
    ),
  ]
}

/** The certificate that answers can be encrypted to: the signer's own, or else another that came with it. */
function encryptionCertificate({ certificate, pairs }: Identity): Certificate | undefined {
  const candidates = [certificate, ...pairs.map((pair) => pair.certificate)]
  return candidates.find((candidate) => {
    const kind = candidate.publicKey.asymmetricKeyType
    return (kind === 'rsa' || kind === 'ec') && allows(candidate, 'encrypt')
  })
}

/** Which certificate answers should be encrypted to: [0] IMPLICIT IssuerAndSerialNumber (RFC 8551, section 2.5.3). */
function preference({ issuer, serialNumber }: Certificate): Buffer {
  return writeDer(tags.context0, issuer, serialNumber)
}

/**
 * What the signer's own mail client can decrypt, best first (RFC 8551, section 2.5.2). AES-GCM is not among it:
 * we read it, but Thunderbird, in which the answer may well be opened, shows nothing of such a mail.
 */
const capabilities = sequence(
  ...[oids.aes256Cbc, oids.aes192Cbc, oids.aes128Cbc].map((cipher) => sequence(oid(cipher))),
)

function attribute(type: string, value: Buffer): Buffer {
  return sequence(oid(type), writeDer(tags.set, value))
}
