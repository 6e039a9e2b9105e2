import { IncidentMailerError, messageOf } from '../errors.js'
import type { Delivery, MimeEntity, MimeMail, Warning } from '../mail.js'
import { assertOneOf, invalidOption, refuseUnknownOptions } from '../options.js'
import { defineStage, type Stage, throwIfAborted } from '../pipeline.js'
import { quoted } from '../quoted.js'
import { doubts, nameOf, usedAt } from './certificates/certificate-checks.js'
import { isToBeEncrypted } from './certificates/job-certificates.js'
import type { RsaScheme, SignatureHash } from './cms/signature-algorithm.js'
import { type Signer, signerOf } from './cms/signer-info.js'
import { type Identity, type IdentityOptions, loadIdentity } from './keys/identity.js'
import { assertSigns, assertValidAt } from './keys/signing-key.js'
import { authorAddresses } from './message/author.js'
import { type EntitySigner, entitySigner, type SignatureForm } from './message/sign-entity.js'
import {
  checkProtectHeaders,
  type ProtectHeadersOptions,
  protectHeaders,
  protectHeadersOptions,
  refuseUnprotected,
} from './protect-headers.js'

/** What `sign` is told once, for all mails. */
export interface SignOptions extends ProtectHeadersOptions {
  /** Who signs: files to load with the first mail, or one that is loaded. Default: nobody, nothing is signed. */
  readonly identity?: IdentityOptions | Identity
  /** Who signs the same mails beside `identity`, each with a signature of their own. Default: nobody. */
  readonly cosigners?: readonly (IdentityOptions | Identity)[]
  /**
   * `detached`: the content stays readable for everybody, the signature is attached (multipart/signed).
   * `opaque`: the content stands inside the signature, where no server on the way changes it
   * (application/pkcs7-mime). Default `detached`.
   */
  readonly signatureForm?: SignatureForm
  /** How RSA keys sign: `pkcs1` (v1.5) or `pss`, with a salt as long as the hash. Default: `pkcs1`, save for keys that are for PSS alone. */
  readonly signatureScheme?: RsaScheme
  /** `sha256`, `sha384` or `sha512`. Default: by each key, `sha384` for P-384, `sha512` for P-521, else `sha256`. */
  readonly signatureHash?: SignatureHash
}

/**
 * Makes the stage that signs with S/MIME, with the whole chain of certificates in it, at the moment of the Date
 * field: RSA or ECDSA, as the key is.
 *
 * A mail whose protection says nothing is signed when there is an identity; one that says `sign: false` passes
 * through untouched. Where header fields are to be protected (RFC 9788), they are signed with the content. A body
 * that is a stream is read twice and never held in memory.
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
 * @throws IncidentMailerError `INVALID_CONFIG` at once for an option that does not exist; for a loaded identity,
 * `IDENTITY_UNSUITABLE` where its key is not for mail, and `INVALID_CONFIG` for an option that it cannot do. For a
 * mail: the same once it is loaded,
 * `IDENTITY_MISSING` when a mail wants to be signed by nobody, `IDENTITY_EXPIRED`
 * when a certificate is not valid at the mail's date, what `loadIdentity` throws, and `INVALID_REQUEST` for
 * content that would not survive its transport.
 */
export function sign(options: SignOptions): Stage<MimeMail, MimeMail> {
  checkOptions(options)
  const { identity } = options
  // What is loaded already is prepared now, so that what its key cannot do is found at once.
  const ready = loadedIn(options)
  let loading = ready && Promise.resolve(preparedSigners(ready, options))
  const load = () => {
    // A failure is not kept: once the file is put right, the next mail finds it so.
    loading ??= loadSigners(options).catch((thrown) => {
      loading = undefined
      throw thrown
    })
    return loading
  }
  /** How many mails are being signed at the moment. */
  let underWay = 0

  return defineStage('sign', async (mail, { signal }) => {
    const encrypting = isToBeEncrypted(mail.protection)
    if (mail.protection.sign === false || !identity) {
      if (mail.protection.sign) throw identityMissing()
      if (!encrypting) refuseUnprotected(mail)
      return mail
    }
    underWay++
    try {
      const { identities, signEntity } = await load()
      throwIfAborted(signal)
      identities.forEach(({ identity: each, field }) => {
        assertValidAt(each, field, mail.date)
      })
      // Alone, a signature is done sooner without a change of threads; of several, each core can make one.
      const signing = { signingTime: mail.date, inBackground: underWay > 1, signal }
      const [signer, ...cosigners] = identities
      const protectedMail = await protectHeaders(mail, options, encrypting)
      return {
        ...protectedMail,
        deliveries: await signDeliveries(protectedMail.deliveries, (entity) => signEntity(entity, signing)),
        signer: usedAt(signer.identity.certificate, mail.date),
        cosigners: cosigners.map(({ identity: each }) => usedAt(each.certificate, mail.date)),
        warnings: [...mail.warnings, ...signerWarnings(identities, mail)],
      }
    } finally {
      underWay--
    }
  })
}

const OPTIONS: Record<keyof SignOptions, true> = {
  identity: true,
  cosigners: true,
  signatureForm: true,
  signatureScheme: true,
  signatureHash: true,
  ...protectHeadersOptions,
}

function checkOptions(options: SignOptions): void {
  refuseUnknownOptions(options, OPTIONS)
  checkProtectHeaders(options)
  const { identity, cosigners, signatureForm, signatureScheme, signatureHash } = options
  // An empty text is what a missing variable leaves.
  if (identity !== undefined && Object(identity) !== identity) {
    throw invalidOption('smime.identity', 'smime.identity must be an object')
  }
  if (cosigners !== undefined && !Array.isArray(cosigners)) {
    throw invalidOption('smime.cosigners', 'smime.cosigners must be a list of identities')
  }
  if (cosigners?.length && !identity) {
    throw invalidOption('smime.cosigners', 'smime.cosigners sign beside smime.identity; set that one first')
  }
  assertOneOf(signatureForm, ['detached', 'opaque'], 'smime.signatureForm')
  assertOneOf(signatureScheme, ['pkcs1', 'pss'], 'smime.signatureScheme')
  assertOneOf(signatureHash, ['sha256', 'sha384', 'sha512'], 'smime.signatureHash')
}

interface LoadedIdentity {
  readonly identity: Identity
  /** Where it stands in the options. */
  readonly field: string
}

/** `identity`, then the cosigners. */
type LoadedIdentities = readonly [LoadedIdentity, ...LoadedIdentity[]]

interface LoadedSigners {
  readonly identities: LoadedIdentities
  readonly signEntity: EntitySigner
}

/** The identities in the options, if all of them are loaded. */
export function loadedIn({ identity, cosigners = [] }: SignOptions): LoadedIdentities | undefined {
  if (!identity || !isLoaded(identity) || !cosigners.every(isLoaded)) return undefined
  const others = cosigners.map((each, index) => ({ identity: each, field: cosignerField(index) }))
  return [{ identity, field: 'smime.identity' }, ...others]
}

/** Without the signal of the mail that happens to come first: others wait for the same identities. */
async function loadSigners(options: SignOptions): Promise<LoadedSigners> {
  const { identity, cosigners = [] } = options
  if (!identity) throw identityMissing()
  const load = async (each: IdentityOptions | Identity, field: string) => ({
    identity: isLoaded(each) ? each : await loadIdentity(each, { field }),
    field,
  })
  const first = await load(identity, 'smime.identity')
  const others = await Promise.all(cosigners.map((each, index) => load(each, cosignerField(index))))
  return preparedSigners([first, ...others], options)
}

/** Where a cosigner stands in the options. */
export function cosignerField(index: number): string {
  return `smime.cosigners[${index}]`
}

function isLoaded(identity: IdentityOptions | Identity): identity is Identity {
  return 'key' in identity
}

function preparedSigners(identities: LoadedIdentities, options: SignOptions): LoadedSigners {
  const signers = identities.map((each) => prepared(each, options))
  return { identities, signEntity: entitySigner(signers, options.signatureForm ?? 'detached') }
}

function prepared({ identity, field }: LoadedIdentity, options: SignOptions): Signer {
  assertSigns(identity, field)
  try {
    return signerOf(identity, { hash: options.signatureHash, scheme: options.signatureScheme })
  } catch (thrown) {
    throw invalidOption(
      field,
      `${field}: ${nameOf(identity.certificate)} cannot sign as configured: ${messageOf(thrown)}`,
    )
  }
}

/** Signs every entity once, also one that several deliveries share. */
async function signDeliveries(
  deliveries: readonly Delivery[],
  signEntity: (entity: MimeEntity) => Promise<MimeEntity>,
): Promise<Delivery[]> {
  const signed = new Map<MimeEntity, MimeEntity>()
  for (const { entity } of deliveries) {
    if (!signed.has(entity)) signed.set(entity, await signEntity(entity))
  }
  return deliveries.map((delivery) => ({
    ...delivery,
    entity: signed.get(delivery.entity) ?? delivery.entity,
  }))
}

/** Of the signers one has to be the mail's author; the others may be anybody. */
function signerWarnings([{ identity }, ...others]: LoadedIdentities, mail: MimeMail): Warning[] {
  const { certificate } = identity
  const warnings = doubts(certificate, 'sign', mail.date)
  for (const other of others) warnings.push(...doubts(other.identity.certificate, 'sign', mail.date))
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
