import { createHash } from 'node:crypto'
import { IncidentMailerError } from '../errors.js'
import type { Delivery, MimeEntity, MimeMail, Warning } from '../mail.js'
import { entityBytes } from '../mime.js'
import { invalidOption, refuseUnknownOptions } from '../options.js'
import { defineStage, type Stage, throwIfAborted } from '../pipeline.js'
import { quoted } from '../quoted.js'
import { doubts, nameOf, whyNotValid } from './certificates/certificate-checks.js'
import { isValidAt } from './certificates/certificate-path.js'
import { type Signer, signerOf } from './cms/signed-data.js'
import { type Identity, type IdentityOptions, loadIdentity } from './keys/identity.js'
import { assertSigns } from './keys/signing-key.js'
import { authorAddresses } from './message/author.js'
import { signedEntity } from './message/smime-entity.js'
import { assertTransportSafe } from './message/transport-safe.js'

/** What `sign` is told once, for all mails. */
export interface SignOptions {
  /** Who signs: files to load with the first mail, or one that is loaded. Default: nobody, nothing is signed. */
  readonly identity?: IdentityOptions | Identity
}

/**
 * Makes the stage that signs with S/MIME: a detached signature (multipart/signed, SHA-256, RSA PKCS#1 v1.5)
 * with the whole chain of certificates in it, at the moment of the Date field.
 *
 * A mail whose protection says nothing is signed when there is an identity; one that says `sign: false` passes
 * through untouched.
 *
 * @example
 * ```ts
 * import { sign } from 'incident-mailer/smime'
 *
 * const stage = sign({ identity: { p12: './soc.p12', passphrase: process.env.P12_PASSPHRASE } })
 * const signed = await stage(mail, {})
 * console.log(signed.signer?.subject)
 * ```
 *
 * @throws IncidentMailerError `INVALID_CONFIG` at once for an option that does not exist, and
 * `IDENTITY_UNSUITABLE` for a loaded identity whose key is not for mail. For a mail: the same once it is loaded,
 * `IDENTITY_MISSING` when a mail wants to be signed by nobody, `IDENTITY_EXPIRED`
 * when the certificate is not valid at the mail's date, what `loadIdentity` throws, and `INVALID_REQUEST` for
 * content that would not survive its transport.
 */
export function sign(options: SignOptions): Stage<MimeMail, MimeMail> {
  refuseUnknownOptions(options, OPTIONS)
  const { identity: configured } = options
  // An empty text is what a missing variable leaves.
  if (configured !== undefined && Object(configured) !== configured) {
    throw invalidOption('smime.identity', 'smime.identity must be an object')
  }
  if (configured && 'key' in configured) assertSigns(configured)
  let loading: Promise<LoadedSigner> | undefined
  const load = () => {
    // A failure is not kept: once the file is put right, the next mail finds it so.
    loading ??= loadSigner(configured).catch((thrown) => {
      loading = undefined
      throw thrown
    })
    return loading
  }

  return defineStage('sign', async (mail, { signal }) => {
    if (mail.protection.sign === false) return mail
    if (!configured) {
      if (mail.protection.sign) throw identityMissing()
      return mail
    }
    const { identity, signer } = await load()
    throwIfAborted(signal)
    assertValid(identity, mail.date)
    return {
      ...mail,
      deliveries: await signDeliveries(mail.deliveries, signer, mail.date),
      signer: identity.summary,
      warnings: [...mail.warnings, ...signerWarnings(identity, mail)],
    }
  })
}

const OPTIONS: Record<keyof SignOptions, true> = { identity: true }

interface LoadedSigner {
  readonly identity: Identity
  readonly signer: Signer
}

/** Without the signal of the mail that happens to come first: others wait for the same identity. */
async function loadSigner(configured: IdentityOptions | Identity | undefined): Promise<LoadedSigner> {
  if (!configured) throw identityMissing()
  const identity = 'key' in configured ? configured : await loadIdentity(configured)
  assertSigns(identity)
  return { identity, signer: signerOf(identity) }
}

/** Signs every entity once, also one that several deliveries share. */
async function signDeliveries(
  deliveries: readonly Delivery[],
  signer: Signer,
  date: Date,
): Promise<Delivery[]> {
  const signed = new Map<MimeEntity, MimeEntity>()
  for (const { entity } of deliveries) {
    if (!signed.has(entity)) signed.set(entity, await signEntity(entity, signer, date))
  }
  return deliveries.map((delivery) => ({
    ...delivery,
    entity: signed.get(delivery.entity) ?? delivery.entity,
  }))
}

async function signEntity(entity: MimeEntity, signer: Signer, date: Date): Promise<MimeEntity> {
  const content = await entityBytes(entity)
  assertTransportSafe(content)
  const digest = createHash('sha256').update(content).digest()
  return signedEntity(content, signer(digest, date))
}

function assertValid({ certificate }: Identity, date: Date): void {
  if (isValidAt(certificate, date)) return
  throw new IncidentMailerError(
    'IDENTITY_EXPIRED',
    `smime.identity: the certificate of ${nameOf(certificate)} cannot sign: ${whyNotValid(certificate, date)}; configure a valid one`,
    { field: 'smime.identity' },
  )
}

function signerWarnings({ certificate }: Identity, mail: MimeMail): Warning[] {
  const warnings = doubts(certificate, 'sign', mail.date)
  const authors = authorAddresses(mail)
  if (certificate.addresses.length > 0 && !authors.some((author) => certificate.addresses.includes(author))) {
    warnings.push({
      code: 'SIGNER_ADDRESS_MISMATCH',
      message: `the mail is from ${quoted(authors.join(', '))}, its signature from ${nameOf(certificate)}; readers will doubt it: send from an address of the certificate`,
    })
  }
  return warnings
}

function identityMissing(): IncidentMailerError {
  return new IncidentMailerError(
    'IDENTITY_MISSING',
    'the mail is to be signed, but nobody is configured to sign it; set smime.identity to a p12 file, or do not ask for sign',
    { field: 'smime.identity' },
  )
}
