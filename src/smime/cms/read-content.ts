import { createHash } from 'node:crypto'
import type { Certificate } from '../certificates/certificate.js'
import { valueAt } from '../encoding/ber.js'
import type { Bytes } from '../encoding/bytes.js'
import { type DerValue, oidOf, readDer, tags } from '../encoding/der.js'
import { oids } from '../encoding/oids.js'
import {
  type DigestName,
  digestOf,
  readSignatureScheme,
  type SignatureCheck,
  type SignatureScheme,
} from '../keys/signature-scheme.js'
import { isMeant, type ReadSigner } from './read-signed-data.js'

/** Content that was read once, and what its signers' signatures are checked against. */
export interface ReadContent {
  readonly contentType: string
  /** Its digest by an algorithm that one of the signers names. */
  digest(name: DigestName): Buffer
  /** Whether a signer without signed attributes signed it with the key of a certificate. */
  isSignedBy(signer: ReadSigner, certificate: Certificate): boolean
  /** Whether it is itself a SET of signed attributes. */
  readonly isAttributes: boolean
}

/** A signature over the content itself that is checked while the content is read. */
interface DirectCheck {
  readonly signer: ReadSigner
  readonly certificate: Certificate
  readonly check: SignatureCheck
}

/** Certificates under one issuer and number whose keys are tried for a signature over the content itself. */
const mostCandidates = 4

/**
 * Reads content, once for all of its signers.
 *
 * @param atHand - the certificates that may be theirs
 * @throws Error for a signature that cannot be checked over so much content
 */
export async function readContent(
  content: Bytes,
  { contentType, signers }: { readonly contentType: string; readonly signers: readonly ReadSigner[] },
  atHand: readonly Certificate[],
): Promise<ReadContent> {
  const named = signers.flatMap(({ signedAttributes, digestAlgorithm }) => {
    const name = signedAttributes ? digestOf(digestAlgorithm) : null
    return name ? [name] : []
  })
  const running = new Map(named.map((name) => [name, createHash(name)]))
  const bare = signers.filter(({ signedAttributes }) => !signedAttributes)
  const direct = bare.flatMap((signer) => directChecks(signer, content, atHand))
  for await (const chunk of content.chunks()) {
    for (const hash of running.values()) hash.update(chunk)
    for (const { check } of direct) check.update(chunk)
  }
  const digests = new Map([...running].map(([name, hash]) => [name, hash.digest()]))
  const fitting = direct.filter(({ signer, certificate, check }) =>
    check.fits(certificate.publicKey, signer.signature),
  )
  return {
    contentType,
    digest: (name) => {
      const digest = digests.get(name)
      if (!digest) throw new Error('its signers do not name this digest')
      return digest
    },
    isSignedBy: (signer, certificate) =>
      fitting.some((one) => one.signer === signer && one.certificate === certificate),
    isAttributes: bare.length > 0 && isAttributes(content),
  }
}

function directChecks(signer: ReadSigner, content: Bytes, atHand: readonly Certificate[]): DirectCheck[] {
  const scheme = readSignatureScheme(signer.signatureAlgorithm, digestOf(signer.digestAlgorithm))
  const candidates = atHand.filter((certificate) => isMeant(signer.certificateId, certificate))
  return candidates.slice(0, mostCandidates).flatMap((certificate) => {
    const check = scheme && (scheme.start?.() ?? wholeCheck(scheme, content))
    return check ? [{ signer, certificate, check }] : []
  })
}

/** In octets. */
const mostInOne = 16 * 1024 * 1024

/** EdDSA reads what it signs twice (RFC 8032, section 5.1.6), and so needs it as a whole. */
function wholeCheck(scheme: Pick<SignatureScheme, 'fits'>, content: Bytes): SignatureCheck {
  if (content.length > mostInOne)
    throw new Error(
      'a signature of this kind over so much content, without signed attributes, is not checked',
    )
  return {
    update: () => undefined,
    fits: (key, signature) => scheme.fits(key, content.read(0, content.length), signature),
  }
}

/** What only another signature's attributes have. */
const attributeTypes: readonly string[] = [oids.messageDigest, oids.contentType]

function isAttributes(content: Bytes): boolean {
  if (content.octet(0) !== tags.set) return false
  try {
    return readDer(content, mostAttributes).children.some(isAttribute)
  } catch {
    return false
  }
}

const mostAttributes = 10_000

function isAttribute({ tag, octets }: DerValue): boolean {
  if (tag !== tags.sequence || octets.length === 0) return false
  const { value } = valueAt(octets, 0)
  return value.tag === tags.oid && attributeTypes.includes(oidOf(value))
}
