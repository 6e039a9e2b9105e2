import type { Certificate } from '../certificates/certificate.js'
import { isWeakRsa } from '../certificates/certificate-checks.js'
import { oids } from '../encoding/oids.js'
import {
  type DigestName,
  digestOf,
  nameOf,
  readSignatureScheme,
  type SignatureScheme,
} from '../keys/signature-scheme.js'
import { type Reason, reason } from '../reading/reasons.js'
import type { ReadContent } from './read-content.js'
import { isMeant, type ReadSigner } from './read-signed-data.js'
import {
  contradictions,
  encryptionPreferenceOf,
  readSignedAttributes,
  signingTimeOf,
} from './signed-attributes.js'

/** Whom the mathematics say to have signed what. Whether to trust them is another question. */
export interface CheckedSigner {
  /** The certificate whose key made the signature; of several, the one it fits. Null where none is at hand. */
  readonly certificate: Certificate | null
  /** For people: `RSASSA-PSS with SHA-256`, or null for an unknown one. */
  readonly algorithm: string | null
  /** What the signer claims. */
  readonly signingTime: Date | null
  /** The signer's own mail client's capabilities (RFC 8551, section 2.5.2), as they came, or null. */
  readonly capabilities: Buffer | null
  /**
   * Those at hand that may be the one to which the signer wants answers encrypted. The signature names it by issuer
   * and number, so that whoever carried the message may have put in another of the same name.
   */
  readonly forAnswers: readonly Certificate[]
  readonly reasons: readonly Reason[]
}

/** Checks one signer's signature over content (RFC 5652, section 5.6). */
export function checkSigner(
  signer: ReadSigner,
  content: ReadContent,
  atHand: readonly Certificate[],
  allowsSha1: boolean,
): CheckedSigner {
  const attributes = signer.signedAttributes ? readSignedAttributes(signer.signedAttributes) : null
  const digest = digestOf(signer.digestAlgorithm)
  const scheme = readSignatureScheme(signer.signatureAlgorithm, digest)
  const meant = atHand.filter((certificate) => isMeant(signer.certificateId, certificate))
  const fits = (certificate: Certificate) =>
    attributes
      ? scheme?.fits(certificate.publicKey, attributes.signed, signer.signature) === true
      : content.isSignedBy(signer, certificate)
  const certificate = meant.find(fits) ?? meant[0] ?? null
  const preference = attributes && encryptionPreferenceOf(attributes)
  const reasons: Reason[] = []
  if (!digest || !scheme) {
    reasons.push(reason('ALGORITHM_UNSUPPORTED', 'it is signed with an algorithm that is not known here'))
  } else {
    reasons.push(...algorithmReasons(digest, scheme, certificate, allowsSha1))
  }
  if (attributes && digest) {
    reasons.push(
      ...attributes.reasons,
      ...contradictions(attributes, signer, content.contentType, content.digest(digest), certificate),
    )
  } else if (!attributes) {
    reasons.push(...reasonsWithoutAttributes(content))
  }
  if (!certificate) {
    reasons.push(reason('SIGNER_UNKNOWN', "the signer's certificate is neither in the message nor at hand"))
  } else if (digest && scheme && !fits(certificate)) {
    reasons.push(reason('SIGNATURE_WRONG', "the signature does not fit the key in the signer's certificate"))
  }
  return {
    certificate,
    algorithm: scheme?.name ?? null,
    signingTime: attributes && signingTimeOf(attributes),
    capabilities: attributes?.values.get(oids.smimeCapabilities)?.raw ?? null,
    forAnswers: preference ? atHand.filter((one) => isMeant(preference, one)) : [],
    reasons,
  }
}

function algorithmReasons(
  digest: DigestName,
  scheme: SignatureScheme,
  certificate: Certificate | null,
  allowsSha1: boolean,
): Reason[] {
  const reasons: Reason[] = []
  const used = [digest, ...(scheme.digest ? [scheme.digest] : [])]
  if (scheme.digest && scheme.digest !== digest)
    reasons.push(
      reason(
        'ATTRIBUTE_WRONG',
        `the signature names two digests, ${nameOf(digest)} and ${nameOf(scheme.digest)}`,
      ),
    )
  if (used.includes('md5') || (used.includes('sha1') && !allowsSha1))
    reasons.push(
      reason('DIGEST_WEAK', `it is signed with ${nameOf(digest)}, for which forgeries can be made`),
    )
  else if (used.includes('sha1'))
    reasons.push(reason('OLD_ALGORITHM', 'it is signed with SHA-1, which the settings allow'))
  const key = certificate?.publicKey
  if (key?.asymmetricKeyType?.startsWith('rsa') && isWeakRsa(key))
    reasons.push(reason('KEY_WEAK', "the signer's RSA key is one for which forgeries can be made"))
  return reasons
}

/**
 * A signature without signed attributes is for content of type data alone (section 5.3). Where that content is
 * itself a SET of attributes, it is another message's signature: what was signed then is now shown as content.
 */
function reasonsWithoutAttributes({ contentType, isAttributes }: ReadContent): Reason[] {
  if (contentType !== oids.data)
    return [reason('ATTRIBUTE_MISSING', 'content of this type is not signed without attributes')]
  return isAttributes
    ? [reason('ATTRIBUTES_AS_CONTENT', "the content is another signature's attributes")]
    : []
}
