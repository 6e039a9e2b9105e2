import { IncidentMailerError } from '../errors.js'
import type { Delivery, MimeMail, Recipient, RecipientCertificate } from '../mail.js'
import { assertOneOf, invalidOption, refuseUnknownOptions } from '../options.js'
import { defineStage, type Stage, type StageContext, throwIfAborted } from '../pipeline.js'
import { bestCipher } from './certificates/capabilities.js'
import { type Certificate, comparableAddress } from './certificates/certificate.js'
import { usedAt } from './certificates/certificate-checks.js'
import { type CertificateLookup, lookupStore } from './certificates/certificate-lookup.js'
import { type CertificateStore, certificateStore } from './certificates/certificate-store.js'
import { crlStore } from './certificates/crl-store.js'
import {
  clearWarnings,
  isToBeEncrypted,
  type JobCertificates,
  readJobCertificates,
} from './certificates/job-certificates.js'
import {
  assertMayBeMissing,
  type MissingCertificate,
  missingWarnings,
} from './certificates/missing-certificate.js'
import { ownCertificate } from './certificates/own-certificate.js'
import { type Assignment, assignCertificates } from './certificates/recipient-certificates.js'
import { recipientWarnings, trustWarnings } from './certificates/recipient-warnings.js'
import { reasonsAgainstTrust } from './certificates/trust-path.js'
import { type ContentCipher, contentCiphers } from './cms/cipher-table.js'
import type { KeyTransport } from './cms/key-transport.js'
import type { Identity, IdentityOptions } from './keys/identity.js'
import { entityEncrypter } from './message/encrypt-entity.js'
import {
  checkProtectHeaders,
  type ProtectHeadersOptions,
  protectHeaders,
  protectHeadersOptions,
  refuseUnprotected,
} from './protect-headers.js'

/** What `encrypt` is told once, for all mails. */
export interface EncryptOptions extends ProtectHeadersOptions {
  /**
   * A folder of files (`.pem`, `.crt`, `.cer`, `.der`, `.ldif`; PEM, DER, LDIF) or one such file, in which
   * certificates are found by the mail address they name, and which is read again when it changes; or a function
   * that finds them for an address, whose answers are kept for five minutes. Default: none, only the job's own
   * certificates serve.
   */
  readonly certificates?: string | CertificateLookup
  /** A PEM file of authorities; a certificate that none of them vouches for is a warning. Default: no such check. */
  readonly trust?: string
  /**
   * A folder or file of revocation lists (`.crl`, `.pem`, `.der`) for that check: a certificate that one of them
   * names, or of which none speaks, is a warning too. Default: revocation is not checked.
   */
  readonly crls?: string
  /**
   * What encrypts the content. `auto`: the best that the certificates of all who share a copy say they read, and
   * `aes-256-cbc` where they say nothing. With `-gcm` nobody can change the mail unseen, but many clients cannot
   * read it (AuthEnvelopedData). Default `auto`.
   */
  readonly cipher?: ContentCipher | 'auto'
  /** How the content's key is encrypted for RSA keys: `pkcs1` (v1.5) or `oaep`, which some clients cannot read. Default `pkcs1`. */
  readonly keyTransport?: KeyTransport
  /**
   * What becomes of recipients without a certificate: `fail`, nothing is sent and the error names all; `sign-only`,
   * they get the mail signed and not encrypted; `skip`, they do not get it. No job or header can choose. Default
   * `fail`.
   */
  readonly missingCertificate?: MissingCertificate
  /**
   * Whose certificate every encrypted copy is encrypted to as well, so that the sender can read it: an
   * identity, or a certificate's file or PEM. Default: nobody's.
   */
  readonly encryptToSelf?: Identity | IdentityOptions | string
}

/**
 * Makes the stage that encrypts with S/MIME: to the certificates in the job and then those in the store, RSA
 * or EC.
 *
 * Those in To and Cc share a copy. Each blind-copied person gets one of their own, encrypted to them alone, so
 * that no copy tells of another's certificate. A mail whose protection says nothing is encrypted when it brings
 * certificates; one that says `encrypt: false` passes through untouched, with a warning if it brings some. Where header fields are to be protected
 * (RFC 9788) and the mail is not signed, this stage hides them. Who has no certificate is an error, unless
 * `missingCertificate` says otherwise.
 *
 * @example
 * ```ts
 * import { encrypt } from 'incident-mailer/smime'
 *
 * const stage = encrypt({ certificates: './certificates', trust: './ca.pem' })
 * const encrypted = await stage({ ...mail, protection: { encrypt: true } }, {})
 * console.log(encrypted.recipientsCertificates)
 * ```
 *
 * @throws IncidentMailerError `INVALID_CONFIG` at once for an option that does not exist. For a mail:
 * `CERTIFICATE_MISSING` naming every recipient without one, or where a job's field for
 * them is empty, `CERTIFICATE_EXPIRED`,
 * `INVALID_CERTIFICATE`, `FILE_NOT_FOUND`, `FILE_UNREADABLE`, `CERTIFICATE_LOOKUP_FAILED`; always before anything is encrypted.
 */
export function encrypt(options: EncryptOptions): Stage<MimeMail, MimeMail> {
  refuseUnknownOptions(options, OPTIONS)
  checkProtectHeaders(options)
  assertOneOf(options.cipher, ['auto', ...contentCiphers.toReversed()], 'smime.cipher')
  assertOneOf(options.keyTransport, ['pkcs1', 'oaep'], 'smime.keyTransport')
  assertOneOf(options.missingCertificate, ['fail', 'sign-only', 'skip'], 'smime.missingCertificate')
  const store = recipientStore(options.certificates)
  const trust = fileStore(options.trust, 'smime.trust')
  const policy = options.missingCertificate ?? 'fail'
  const own = ownCertificate(options.encryptToSelf)

  return defineStage('encrypt', async (mail, context) => {
    const { protection, date } = mail
    if (!isToBeEncrypted(protection)) {
      refuseUnprotected(mail)
      return { ...mail, warnings: [...mail.warnings, ...clearWarnings(protection)] }
    }
    const job = readJobCertificates(protection)
    const recipients = mail.deliveries.flatMap((delivery) => delivery.recipients)
    const stored = await store(context, notNamedIn(job, recipients))
    const trusted = (await trust?.(context, []))?.certificates
    const lists = options.crls === undefined ? null : await crlStore(options.crls, 'smime.crls', context)
    const atHand = [...job.named, ...job.authorities, ...stored.certificates]
    const againstTrust = (certificate: Certificate) =>
      trusted ? reasonsAgainstTrust(certificate, { trusted, atHand, lists, allowsSha1: true }, date) : []
    const vouchedFor = (certificate: Certificate) => againstTrust(certificate).length === 0
    const protectedMail = await protectHeaders(mail, options, true)
    refuseSignedAsClear(protectedMail)
    const missing: string[] = []
    const assignment = assignCertificates(recipients, job, stored, date, vouchedFor, (addresses) => {
      assertMayBeMissing(addresses, {
        ...{ policy, job, store: stored },
        isSigned: mail.signer !== null,
        hidesHeader: protectedMail.headerProtection?.hp === 'cipher',
        isEverybody: addresses.length === recipients.length,
      })
      missing.push(...addresses)
    })
    const self = await own(context, date)
    const [unencrypted, leftOut] = policy === 'sign-only' ? [missing, []] : [[], missing]
    return {
      ...protectedMail,
      deliveries: [
        ...(await encryptDeliveries(
          restricted(protectedMail.deliveries, [...assignment.keys()]),
          assignment,
          self,
          options,
          context,
        )),
        ...restricted(protectedMail.deliveries, unencrypted),
      ],
      recipientsCertificates: assignment.size > 0 ? reported(assignment, self, date) : null,
      unencrypted,
      leftOut,
      warnings: [
        ...mail.warnings,
        ...missingWarnings(missing, policy),
        ...recipientWarnings(assignment, job, date),
        ...trustWarnings(assignment, againstTrust),
      ],
    }
  })
}

const OPTIONS: Record<keyof EncryptOptions, true> = {
  certificates: true,
  trust: true,
  crls: true,
  cipher: true,
  keyTransport: true,
  missingCertificate: true,
  encryptToSelf: true,
  ...protectHeadersOptions,
}

/** An encrypted mail says so inside (RFC 9788, section 2.1.1), which is too late once it is signed. */
function refuseSignedAsClear({ headerProtection }: MimeMail): void {
  if (headerProtection?.hp !== 'clear') return
  throw new IncidentMailerError(
    'INVALID_REQUEST',
    'the header fields were signed as those of a mail that is not encrypted; say encrypt before the mail is signed',
    { field: 'encrypt' },
  )
}

const EMPTY_STORE: CertificateStore = async () => ({ certificates: [], unreadable: [] })

function recipientStore(certificates: EncryptOptions['certificates']): CertificateStore {
  const field = 'smime.certificates'
  if (typeof certificates === 'function') return lookupStore(certificates, field)
  return fileStore(certificates, field, 'a path or a function') ?? EMPTY_STORE
}

/** The store at a path; null where none is configured. */
function fileStore(path: string | undefined, field: string, kind = 'a path'): CertificateStore | null {
  if (path === undefined) return null
  if (typeof path === 'string' && path !== '') return certificateStore(path, field)
  throw invalidOption(field, `${field} must be ${kind}; correct it, or leave it out`)
}

/** The addresses for which the job brings no certificate. */
function notNamedIn({ named }: JobCertificates, recipients: readonly Recipient[]): string[] {
  const known = new Set(named.flatMap(({ addresses }) => addresses))
  return recipients.map(({ address }) => address).filter((address) => !known.has(comparableAddress(address)))
}

/** The deliveries with those recipients alone. */
function restricted(deliveries: readonly Delivery[], addresses: readonly string[]): Delivery[] {
  return deliveries
    .map(({ recipients, entity }) => ({
      recipients: recipients.filter(({ address }) => addresses.includes(address)),
      entity,
    }))
    .filter(({ recipients }) => recipients.length > 0)
}

async function encryptDeliveries(
  deliveries: readonly Delivery[],
  assignment: Assignment,
  self: Certificate | null,
  { cipher = 'auto', keyTransport = 'pkcs1' }: EncryptOptions,
  { signal }: StageContext,
): Promise<Delivery[]> {
  const encrypted: Delivery[] = []
  for (const { recipients, entity } of deliveries) {
    const encrypt = await entityEncrypter(entity)
    for (const sharing of copies(recipients)) {
      throwIfAborted(signal)
      const certificates = distinct([
        ...sharing.flatMap(({ address }) => assignment.get(address) ?? []),
        ...(self ? [self] : []),
      ])
      const wishes = { cipher: cipher === 'auto' ? bestCipher(certificates) : cipher, keyTransport }
      encrypted.push({ recipients: sharing, entity: encrypt(certificates, wishes) })
    }
  }
  return encrypted
}

/** Who shares a copy: all those whom every reader sees, and each of the others alone. */
function copies(recipients: readonly Recipient[]): Recipient[][] {
  const visible = recipients.filter(({ kind }) => kind !== 'bcc')
  const blind = recipients.filter(({ kind }) => kind === 'bcc').map((recipient) => [recipient])
  return visible.length > 0 ? [visible, ...blind] : blind
}

/** The sender may be among the recipients, by a certificate that was read from another file. */
function distinct(certificates: readonly Certificate[]): Certificate[] {
  return [
    ...new Map(certificates.map((certificate) => [certificate.der.toString('latin1'), certificate])).values(),
  ]
}

function reported(assignment: Assignment, self: Certificate | null, date: Date): RecipientCertificate[] {
  const own = self ? [{ recipient: self.addresses[0] ?? self.summary.subject, ...usedAt(self, date) }] : []
  const theirs = [...assignment].flatMap(([recipient, certificates]) =>
    certificates.map((certificate) => ({ recipient, ...usedAt(certificate, date) })),
  )
  return [...theirs, ...own]
}
