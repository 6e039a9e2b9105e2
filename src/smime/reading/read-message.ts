import type { Bytes } from '../encoding/bytes.js'
import type { Workspace } from '../encoding/workspace.js'
import { readParts } from '../message/read-parts.js'
import type { HeaderFieldState } from '../message/read-protected-header.js'
import { readProtectedHeader } from '../message/read-protected-header.js'
import { checkFrom, compareFrom } from './check-from.js'
import { type OpenedMessage, openLayers } from './read-layers.js'
import type { ReadingBasis } from './reading-options.js'
import { REASONS, type Reason, reason, statusOf } from './reasons.js'
import { judgeSigner } from './signer-report.js'
import type { Coverage, HeaderReport, Layer, MessageReport, SignedLayer } from './verification.js'

/** A message, read: what is to be said of it, and what is in it. */
export interface ReadMessage {
  readonly report: MessageReport
  /** What is inside all protections that could be opened. */
  readonly content: Bytes
}

/** Takes off a message's protections, judges them, and compares them with what the message says of itself. */
export async function readMessage(
  message: Bytes,
  basis: ReadingBasis,
  workspace: Workspace,
): Promise<ReadMessage> {
  const opened = await openLayers(message, basis, workspace)
  const judged = judgeLayers(opened, basis)
  const { layers } = judged
  const innermost = layers.findLastIndex(({ kind }) => kind === 'signed')
  const signed = layers[innermost]
  const signers = signed?.kind === 'signed' ? signed.signers : []
  const reasons: Reason[] = [...opened.reasons, ...judged.reasons]
  // What cannot be read may well be signed.
  const isOpen = !reasons.some(({ code }) => REASONS[code] === 'unreadable' || code === 'CERTIFICATES_ONLY')
  if (!signed && isOpen) reasons.push(reason('NOT_SIGNED', 'nobody signed it'))
  if (signed && layers.slice(innermost).some(({ kind }) => kind === 'encrypted'))
    reasons.push(
      reason(
        'SIGNED_UNREAD',
        'the signature is around something encrypted, which its signer may never have read',
      ),
    )
  for (const layer of layers) {
    if (layer.kind === 'encrypted' && layer.integrity === 'none')
      reasons.push(
        reason(
          'UNAUTHENTICATED_ENCRYPTION',
          `${layer.algorithm ?? 'its encryption'} does not show whether it was changed on its way; only a signature inside does`,
        ),
      )
  }

  const header = readProtectedHeader(opened.outer, opened.payload)
  const from = checkFrom(header.fields.map(({ field }) => field))
  reasons.push(...from.reasons)
  if (signers.length > 0 && from.mailboxes)
    reasons.push(
      ...compareFrom(
        from.mailboxes,
        signers.flatMap(({ addresses }) => addresses),
      ),
    )
  reasons.push(...headerReasons(opened, header.fields))
  const parts = await readParts(opened.payload)
  if (parts.some(({ isProtected }) => isProtected) && !signedLast(opened))
    reasons.push(
      reason(
        'PROTECTED_PART_INSIDE',
        'a part of it is signed or encrypted by itself; it was not looked into',
      ),
    )

  const status = statusOf(reasons)
  const isEncrypted = layers.some((layer) => layer.kind === 'encrypted' && layer.openedWith !== null)
  const covers = (withEncryption: boolean) => coverage(status === 'verified', isEncrypted && withEncryption)
  return {
    content: opened.payload.raw,
    report: {
      status,
      reasons: sorted(reasons),
      layers,
      signers,
      from: from.mailboxes,
      headers: header.fields.map((state) => headerReport(state, covers)),
      parts: parts.map(({ path, contentType, name, hasLegacyDisplay }) => ({
        path,
        contentType,
        name,
        coverage: covers(true),
        legacyDisplay: hasLegacyDisplay ? 'present' : 'none',
      })),
    },
  }
}

function judgeLayers({ layers }: OpenedMessage, basis: ReadingBasis): { layers: Layer[]; reasons: Reason[] } {
  const reasons: Reason[] = []
  const reports = layers.map((layer): Layer => {
    if (layer.kind === 'encrypted') return layer
    const judged = layer.signers.map((signer) => judgeSigner(signer, layer.certificates, basis))
    reasons.push(...judged.flatMap((signer) => signer.reasons))
    const signed: SignedLayer = {
      kind: 'signed',
      form: layer.form,
      signers: judged.map(({ report }) => report),
    }
    return signed
  })
  return { layers: reports, reasons }
}

function headerReasons(
  { outer, payload, layers }: OpenedMessage,
  fields: readonly HeaderFieldState[],
): Reason[] {
  const reasons: Reason[] = []
  if (outer.malformed) reasons.push(reason('HEADER_MALFORMED', 'a line in its header is no header field'))
  // RFC 9788, section 4.10: a guess, by which whoever forwards a message would have written it.
  if (layers.length > 0 && /^message\/(?:rfc822|global)$/.test(payload.contentType.type))
    reasons.push(
      reason(
        'MESSAGE_INSIDE',
        'what is protected is a whole message, of which nobody can tell whether it is this one or was forwarded; its header fields were not taken for those of this one',
      ),
    )
  const changed = new Set(fields.filter(({ isChanged }) => isChanged).map(({ field }) => field.name))
  if (changed.size > 0)
    reasons.push(
      reason(
        'HEADER_CHANGED',
        `outside stands something else than its author put there in ${[...changed].slice(0, 20).join(', ')}`,
      ),
    )
  return reasons
}

/** What could not be opened is told as such, and is no part beside others. */
function signedLast({ payload, reasons }: OpenedMessage): boolean {
  return reasons.length > 0 && !payload.contentType.type.startsWith('multipart/mixed')
}

function headerReport(
  { field, isProtected, isHidden, outside }: HeaderFieldState,
  covers: (withEncryption: boolean) => Coverage,
): HeaderReport {
  return {
    name: field.name,
    value: field.value,
    coverage: isProtected ? covers(isHidden) : 'none',
    outside,
  }
}

function coverage(isVerified: boolean, isEncrypted: boolean): Coverage {
  if (isVerified) return isEncrypted ? 'signed and encrypted' : 'signed'
  return isEncrypted ? 'encrypted' : 'none'
}

const weight = ['broken', 'unreadable', 'unsigned', 'untrusted', 'noted'] as const

/** The weightiest first, and each once. */
function sorted(reasons: readonly Reason[]): Reason[] {
  const distinct = new Map(reasons.map((one) => [`${one.code} ${one.message}`, one]))
  return [...distinct.values()].sort(
    (a, b) => weight.indexOf(REASONS[a.code]) - weight.indexOf(REASONS[b.code]),
  )
}
