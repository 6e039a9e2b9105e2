import { createHash } from 'node:crypto'
import { type Certificate, readWhole } from '../certificates/certificate.js'
import { type CheckedSigner, checkSigner, type SignedContent } from '../cms/check-signer.js'
import { type ReadSignedData, readSignedData } from '../cms/read-signed-data.js'
import type { DerValue } from '../encoding/der.js'
import type { DigestName } from '../keys/signature-scheme.js'
import { type Reason, reason } from './reasons.js'

/** A signature, checked; whether its signers are trusted is another question. */
export interface OpenedSignature {
  /** What was signed, as it was signed; null where there is nothing. */
  readonly content: Buffer | null
  readonly signers: readonly CheckedSigner[]
  /** Those that the message brings along. */
  readonly certificates: readonly Certificate[]
  /** What is wrong with the signature as a whole. */
  readonly reasons: readonly Reason[]
}

/** What a signature is checked with. */
export interface SignatureBasis {
  /** Certificates beside those that the message brings. */
  readonly atHand: readonly Certificate[]
  readonly allowsSha1: boolean
}

/** Checks a signature that stands beside what it signs (RFC 8551, section 3.5.3). */
export function openDetached(data: DerValue, content: Buffer, basis: SignatureBasis): OpenedSignature {
  const signed = readSignedData(data)
  const reasons: Reason[] = []
  if (signed.content !== null)
    reasons.push(
      reason('CONTENT_TWICE', 'the detached signature brings content of its own, which is not what is shown'),
    )
  if (signed.signers.length === 0)
    reasons.push(reason('NO_SIGNER', 'there is a signature without any signer'))
  const certificates = certificatesIn(signed)
  const check = (bytes: Buffer) => checkAll(signed, bytes, certificates, basis)
  const signers = check(content)
  if (!signers.some(isOff) || !hasBareLineFeed(content)) return { content, signers, certificates, reasons }
  // A file that lost its CRs: what was signed had them (section 3.1.1).
  const mended = withCrlf(content)
  const again = check(mended)
  if (again.some(isOff)) return { content, signers, certificates, reasons }
  const note = reason(
    'LINE_ENDS_MENDED',
    'its lines did not end with CRLF, and were mended for the signature',
  )
  return { content: mended, signers: again, certificates, reasons: [...reasons, note] }
}

/** Checks a signature around what it signs (RFC 8551, section 3.5.2). */
export function openOpaque(data: DerValue, basis: SignatureBasis): OpenedSignature {
  const signed = readSignedData(data)
  const { content, signers } = signed
  const certificates = certificatesIn(signed)
  if (content === null) {
    const why =
      signers.length === 0
        ? reason('CERTIFICATES_ONLY', 'it holds certificates alone, and nothing that is signed')
        : reason('CONTENT_MISSING', 'the signature should hold what it signs, and does not')
    return { content, signers: [], certificates, reasons: [why] }
  }
  const reasons = signers.length === 0 ? [reason('NO_SIGNER', 'there is a signature without any signer')] : []
  return { content, signers: checkAll(signed, content, certificates, basis), certificates, reasons }
}

function checkAll(
  signed: ReadSignedData,
  bytes: Buffer,
  certificates: readonly Certificate[],
  { atHand, allowsSha1 }: SignatureBasis,
): CheckedSigner[] {
  const digests = new Map<DigestName, Buffer>()
  const content: SignedContent = {
    contentType: signed.contentType,
    bytes,
    digest: (name) => {
      const digest = digests.get(name) ?? createHash(name).update(bytes).digest()
      digests.set(name, digest)
      return digest
    },
  }
  const known = [...certificates, ...atHand]
  return signed.signers.map((signer) => checkSigner(signer, content, known, allowsSha1))
}

/** One that cannot be read is nobody's who signed: it is left out. */
function certificatesIn({ certificates }: ReadSignedData): Certificate[] {
  return certificates.flatMap((der) => {
    try {
      return [readWhole(der)]
    } catch {
      return []
    }
  })
}

function isOff({ reasons }: CheckedSigner): boolean {
  return reasons.some(({ code }) => code === 'CONTENT_CHANGED' || code === 'SIGNATURE_WRONG')
}

const [lf, cr] = [0x0a, 0x0d]

function hasBareLineFeed(bytes: Buffer): boolean {
  for (let at = bytes.indexOf(lf); at >= 0; at = bytes.indexOf(lf, at + 1)) {
    if (bytes[at - 1] !== cr) return true
  }
  return false
}

function withCrlf(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1')
}
