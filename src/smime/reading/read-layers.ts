import { IncidentMailerError, messageOf } from '../../errors.js'
import type { Certificate } from '../certificates/certificate.js'
import type { CheckedSigner } from '../cms/check-signer.js'
import { readContentInfo } from '../cms/read-content-info.js'
import type { Bytes } from '../encoding/bytes.js'
import { oids } from '../encoding/oids.js'
import type { Workspace } from '../encoding/workspace.js'
import { decodedBody } from '../message/decoded-body.js'
import { type ReadEntity, readEntity } from '../message/read-entity.js'
import { readMultipart } from '../message/read-multipart.js'
import { isCmsType, isSignatureType } from '../message/smime-types.js'
import { type DecryptionBasis, openEncrypted } from './read-encrypted.js'
import { type OpenedSignature, openDetached, openOpaque, type SignatureBasis } from './read-signed.js'
import { type Reason, reason } from './reasons.js'
import type { EncryptedLayer } from './verification.js'

/** What layers are opened with. */
export type LayerBasis = DecryptionBasis & SignatureBasis

/** A layer, opened or not. */
export type OpenedLayer =
  | EncryptedLayer
  | {
      readonly kind: 'signed'
      readonly form: 'detached' | 'opaque'
      readonly signers: readonly CheckedSigner[]
      readonly certificates: readonly Certificate[]
    }

/** A message without the protections around it. */
export interface OpenedMessage {
  /** As it came. */
  readonly outer: ReadEntity
  /** Outermost first. */
  readonly layers: readonly OpenedLayer[]
  /** What is inside them all; the last that could be opened. */
  readonly payload: ReadEntity
  /** What is wrong with the layers; what is wrong with their signers stands with them. */
  readonly reasons: readonly Reason[]
}

/** Triple wrapping has three. */
const mostLayers = 8

/**
 * Takes off the protections of a message, one after the other, as long as each is all that there is. What is
 * protected beside other things stays closed: an attacker can put anything around it, and have it sent out
 * by what he puts there (EFAIL's direct exfiltration).
 */
export async function openLayers(
  message: Bytes,
  basis: LayerBasis,
  workspace: Workspace,
): Promise<OpenedMessage> {
  const outer = readEntity(message)
  const layers: OpenedLayer[] = []
  const reasons: Reason[] = []
  let payload = outer
  for (;;) {
    const step = await stepInto(payload, basis, workspace)
    if (!step) break
    if (layers.length === mostLayers) {
      reasons.push(reason('TOO_DEEP', `there are more than ${mostLayers} protections around each other`))
      break
    }
    if (payload.ambiguous || (payload.malformed && payload !== outer))
      reasons.push(malformed('a header around the protected content has two meanings'))
    if (step.layer) layers.push(step.layer)
    reasons.push(...step.reasons)
    if (!step.content) break
    payload = readEntity(step.content)
  }
  return { outer, layers, payload, reasons }
}

interface Step {
  readonly layer: OpenedLayer | null
  readonly content: Bytes | null
  readonly reasons: readonly Reason[]
}

/** Opens the protection that an entity is, or null where it is none. */
async function stepInto(entity: ReadEntity, basis: LayerBasis, workspace: Workspace): Promise<Step | null> {
  try {
    if (entity.contentType.type === 'multipart/signed')
      return await stepIntoMultipart(entity, basis, workspace)
    return isCmsType(entity) ? await stepIntoCms(entity, basis, workspace) : null
  } catch (thrown) {
    if (thrown instanceof IncidentMailerError) throw thrown
    return {
      layer: null,
      content: null,
      reasons: [malformed(`its protection cannot be read: ${messageOf(thrown)}`)],
    }
  }
}

/** RFC 8551, section 3.5.3: two parts and no more, since readers differ in which others they show. */
async function stepIntoMultipart(
  entity: ReadEntity,
  basis: LayerBasis,
  workspace: Workspace,
): Promise<Step | null> {
  const { parameters } = entity.contentType
  const protocol = parameters.get('protocol')?.toLowerCase()
  if (protocol !== undefined && !isSignatureType(protocol)) return null
  const { parts, closed } = await readMultipart(entity.body, parameters.get('boundary') ?? '')
  const [content, signature, ...others] = parts
  if (!content || !signature || others.length > 0 || !closed || !parameters.get('boundary'))
    throw new Error('multipart/signed does not have two parts')
  const part = readEntity(signature)
  if (!isSignatureType(part.contentType.type) || part.ambiguous)
    throw new Error('the second part is no signature')
  const { type, content: data } = readContentInfo(await decodedBody(part, workspace))
  if (type !== oids.signedData) throw new Error('the second part is no signature')
  return signedStep('detached', await openDetached(data, content, basis, workspace))
}

async function stepIntoCms(entity: ReadEntity, basis: LayerBasis, workspace: Workspace): Promise<Step> {
  const { type, content } = readContentInfo(await decodedBody(entity, workspace))
  if (type === oids.signedData) return signedStep('opaque', await openOpaque(content, basis, workspace))
  if (type === oids.envelopedData || type === oids.authEnvelopedData)
    return await openEncrypted(content, type, basis, workspace)
  throw new Error('it is neither signed nor encrypted data')
}

function signedStep(form: 'detached' | 'opaque', opened: OpenedSignature): Step {
  const { content, signers, certificates, reasons } = opened
  return { layer: { kind: 'signed', form, signers, certificates }, content, reasons }
}

function malformed(message: string): Reason {
  return reason('MALFORMED', message)
}
