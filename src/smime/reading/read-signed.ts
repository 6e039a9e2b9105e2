import { type Certificate, readWhole } from '../certificates/certificate.js'
import { type CheckedSigner, checkSigner } from '../cms/check-signer.js'
import { readContent } from '../cms/read-content.js'
import { type ReadSignedData, readSignedData } from '../cms/read-signed-data.js'
import { stringChunks, stringInOne } from '../encoding/ber.js'
import type { Bytes } from '../encoding/bytes.js'
import type { DerValue } from '../encoding/der.js'
import type { Workspace } from '../encoding/workspace.js'
import { hasBareLineFeed, withCrlf } from '../message/line-ends.js'
import { type Reason, reason } from './reasons.js'

/** A signature, checked; whether its signers are trusted is another question. */
export interface OpenedSignature {
  /** What was signed, as it was signed; null where there is nothing. */
  readonly content: Bytes | null
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
export async function openDetached(
  data: DerValue,
  content: Bytes,
  basis: SignatureBasis,
  workspace: Workspace,
): Promise<OpenedSignature> {
  const signed = readSignedData(data)
  const reasons: Reason[] = []
  if (signed.content !== null)
    reasons.push(
      reason('CONTENT_TWICE', 'the detached signature brings content of its own, which is not what is shown'),
    )
  if (signed.signers.length === 0)
    reasons.push(reason('NO_SIGNER', 'there is a signature without any signer'))
  const certificates = certificatesIn(signed)
  const check = (bytes: Bytes) => checkAll(signed, bytes, certificates, basis)
  const signers = await check(content)
  const opened = { content, signers, certificates, reasons }
  if (!signers.some(isOff) || !(await hasBareLineFeed(content))) return opened
  // A file that lost its CRs: what was signed had them (section 3.1.1).
  const mended = await workspace.keep(withCrlf(content))
  const again = await check(mended)
  if (again.some(isOff)) return opened
  const note = reason(
    'LINE_ENDS_MENDED',
    'its lines did not end with CRLF, and were mended for the signature',
  )
  return { content: mended, signers: again, certificates, reasons: [...reasons, note] }
}

/** Checks a signature around what it signs (RFC 8551, section 3.5.2). */
export async function openOpaque(
  data: DerValue,
  basis: SignatureBasis,
  workspace: Workspace,
): Promise<OpenedSignature> {
  const signed = readSignedData(data)
  const { signers } = signed
  const certificates = certificatesIn(signed)
  if (signed.content === null) {
    const why =
      signers.length === 0
        ? reason('CERTIFICATES_ONLY', 'it holds certificates alone, and nothing that is signed')
        : reason('CONTENT_MISSING', 'the signature should hold what it signs, and does not')
    return { content: null, signers: [], certificates, reasons: [why] }
  }
  const reasons = signers.length === 0 ? [reason('NO_SIGNER', 'there is a signature without any signer')] : []
  const content = stringInOne(signed.content) ?? (await workspace.keep(stringChunks(signed.content)))
  return { content, signers: await checkAll(signed, content, certificates, basis), certificates, reasons }
}

async function checkAll(
  signed: ReadSignedData,
  bytes: Bytes,
  certificates: readonly Certificate[],
  { atHand, allowsSha1 }: SignatureBasis,
): Promise<CheckedSigner[]> {
  const known = [...certificates, ...atHand]
  const content = await readContent(bytes, signed, known)
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
