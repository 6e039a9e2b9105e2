import type { Decipher, KeyObject } from 'node:crypto'
import { IncidentMailerError, messageOf } from '../../errors.js'
import type { Certificate } from '../certificates/certificate.js'
import { type ContentCipher, readContentCipher } from '../cms/content-cipher.js'
import { contentKey } from '../cms/content-key.js'
import {
  type KeyAgreement,
  type KeyTransport,
  type ReadEnvelopedData,
  readEnvelopedData,
} from '../cms/read-enveloped-data.js'
import { isMeant } from '../cms/read-signed-data.js'
import { stringChunks } from '../encoding/ber.js'
import type { Bytes } from '../encoding/bytes.js'
import type { DerValue } from '../encoding/der.js'
import type { Workspace } from '../encoding/workspace.js'
import { type Reason, reason } from './reasons.js'
import type { EncryptedLayer } from './verification.js'

/** A key that decrypts, and the certificate by which messages name it. */
export interface DecryptionKey {
  readonly key: KeyObject
  readonly certificate: Certificate
}

/** What is decrypted with. */
export interface DecryptionBasis {
  readonly keys: readonly DecryptionKey[]
  readonly allows3Des: boolean
}

/** What became of an encrypted layer. */
export interface OpenedEncryption {
  readonly layer: EncryptedLayer
  /** Null where it could not be decrypted. */
  readonly content: Bytes | null
  readonly reasons: readonly Reason[]
}

/**
 * Decrypts an EnvelopedData or AuthEnvelopedData with the first key that it is for.
 *
 * However the decryption fails, the reason is the same, and so is the work: who sends messages and hears the
 * answers must not learn what was wrong with them.
 */
export async function openEncrypted(
  data: DerValue,
  type: string,
  { keys, allows3Des }: DecryptionBasis,
  workspace: Workspace,
): Promise<OpenedEncryption> {
  const enveloped = readEnvelopedData(data, type)
  const layer: EncryptedLayer = {
    kind: 'encrypted',
    algorithm: null,
    integrity: 'none',
    recipients: enveloped.recipients.length,
    openedWith: null,
  }
  const closed = (known: EncryptedLayer, why: Reason): OpenedEncryption => ({
    layer: known,
    content: null,
    reasons: [why],
  })
  let cipher: ContentCipher
  try {
    cipher = readContentCipher(enveloped.algorithm, enveloped.authentication)
  } catch (thrown) {
    return closed(layer, reason('ENCRYPTION_UNSUPPORTED', messageOf(thrown)))
  }
  const known: EncryptedLayer = {
    ...layer,
    algorithm: cipher.name,
    integrity: cipher.authenticates ? 'authenticated' : 'none',
  }
  if (cipher.old && !allows3Des)
    return closed(
      known,
      reason(
        'ENCRYPTION_UNSUPPORTED',
        `it is encrypted with ${cipher.name}, which is taken only where allowed`,
      ),
    )
  const match = recipientFor(enveloped, keys)
  if (!match) return closed(known, reason('NOT_FOR_US', notForUs(keys, enveloped.recipients.length)))
  try {
    const contentEncryptionKey = contentKey(match.recipient, match.holder.key, cipher.keyLength)
    const decipher = cipher.start(contentEncryptionKey)
    const content = await workspace.keep(decrypted(enveloped.ciphertext, decipher))
    const opened = { ...known, openedWith: match.holder.certificate.summary }
    return { layer: opened, content, reasons: cipher.old ? [oldAlgorithm(cipher)] : [] }
  } catch (thrown) {
    // Our own trouble, with a disk, is told; it says nothing of the message.
    if (thrown instanceof IncidentMailerError) throw thrown
    return closed(
      known,
      reason('NOT_DECRYPTED', 'it does not decrypt: it is damaged, or was encrypted for another key'),
    )
  }
}

/** Nobody reads any of it before its end is there: only then the tag and the padding are known to be right. */
async function* decrypted(ciphertext: DerValue, decipher: Decipher): AsyncGenerator<Buffer> {
  for await (const chunk of stringChunks(ciphertext)) yield decipher.update(chunk)
  yield decipher.final()
}

function oldAlgorithm({ name }: ContentCipher): Reason {
  return reason('OLD_ALGORITHM', `it is encrypted with ${name}, which the settings allow`)
}

function recipientFor(
  { recipients }: ReadEnvelopedData,
  keys: readonly DecryptionKey[],
): { recipient: KeyTransport | KeyAgreement; holder: DecryptionKey } | null {
  for (const recipient of recipients) {
    if (recipient.kind === 'unknown') continue
    const holder = keys.find(({ certificate }) => isMeant(recipient.certificateId, certificate))
    if (holder) return { recipient, holder }
  }
  return null
}

function notForUs(keys: readonly DecryptionKey[], recipients: number): string {
  return keys.length === 0
    ? 'it is encrypted, and no key is at hand; set smime.identity to one of its recipients'
    : `it is encrypted for ${recipients === 1 ? 'one recipient' : `${recipients} recipients`}, and smime.identity is not among them`
}
