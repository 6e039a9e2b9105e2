import type { ComposeOptions } from '../compose/compose.js'
import type { DkimOptions } from '../deliver/dkim.js'
import type { LimitOptions } from '../deliver/limits.js'
import type { RetryOptions } from '../deliver/retry.js'
import type { Transport } from '../deliver/transport.js'
import type { GuardOptions } from '../guard/guard.js'
import type { Logger } from '../logger.js'
import type { RenderOptions } from '../render/render.js'
import type { CertificateLookup } from '../smime/certificates/certificate-lookup.js'
import type { MissingCertificate } from '../smime/certificates/missing-certificate.js'
import type { EncryptOptions } from '../smime/encrypt.js'
import type { IdentityOptions } from '../smime/keys/identity.js'
import type { ProtectHeadersOptions } from '../smime/protect-headers.js'
import type { SignOptions } from '../smime/sign.js'
import type { EventListener } from './events.js'
import type { Profiles } from './profile.js'

/** How mails are signed and encrypted. */
export interface SmimeOptions
  extends ProtectHeadersOptions,
    Pick<SignOptions, 'signatureForm' | 'signatureScheme' | 'signatureHash'>,
    Pick<EncryptOptions, 'cipher' | 'keyTransport'> {
  /** Whose signature mails bear. Default: none, and mails are not signed. */
  readonly identity?: IdentityOptions
  /** Who signs the same mails beside `identity`, each with a signature of their own. Default: nobody. */
  readonly cosigners?: readonly IdentityOptions[]
  /**
   * A folder or file of certificates (PEM, DER, LDIF), found by the mail address they name, or a function that finds
   * them. Default: those in the job alone.
   */
  readonly certificates?: string | CertificateLookup
  /** A PEM file of authorities; a recipient's certificate that none of them vouches for is a warning. Default: no such check. */
  readonly trust?: string
  /**
   * A folder or file of revocation lists (`.crl`, `.pem`, `.der`) for that check; `verify` and `decrypt` of the
   * command line go by them too. Default: revocation is not checked.
   */
  readonly crls?: string
  /**
   * What becomes of recipients without a certificate: `fail`, nothing is sent and the error names all; `sign-only`,
   * they get the mail signed and not encrypted; `skip`, they do not get it. No job or header can choose. Default
   * `fail`.
   */
  readonly missingCertificate?: MissingCertificate
  /**
   * Encrypt every copy for the sender too, so that sent mail can be read: `true` for the identity's certificate, or
   * a certificate's file or PEM. Default false.
   */
  readonly encryptToSelf?: boolean | string
}

/** Everything a notifier can be told. All of it can stand in a config file. */
export interface NotifierOptions extends RenderOptions, ComposeOptions {
  /** The way to the mail server: a URL, settings, a folder, or anything nodemailer takes. Default: the folder `outbox`, with a warning. */
  readonly transport?: Transport
  /** Named settings, of which a job chooses with `profile`. Default: none. */
  readonly profiles?: Profiles
  /** The profile of jobs that name none: its server, sender and signature instead of `transport` and `from`. Default: none. */
  readonly profile?: string
  /** Default: neither signing nor, save with certificates in the job, encrypting. */
  readonly smime?: SmimeOptions
  /** What may leave, and to whom. No job can change it. Default: everything, to everybody. */
  readonly guard?: GuardOptions
  /** Sign the finished mails for their domain (RFC 6376), after S/MIME; those of `raw` too. Default: no. */
  readonly dkim?: DkimOptions
  /** Try again, within the `timeout`, what failed for now. Default: no. */
  readonly retry?: RetryOptions
  /** How much is handed over at once. Default: as much as the connections carry. */
  readonly limits?: LimitOptions
  /** The time for a whole send, in milliseconds. Default 60,000. */
  readonly timeout?: number
  /** Default: nothing is logged. */
  readonly logger?: Logger
  /** Hears what became of each mail, who is tried again, and how far `sendMany` is. What it throws is logged. Default: nobody hears. */
  readonly onEvent?: EventListener
}

/** The time for a whole send where nobody says otherwise, in milliseconds. */
export const DEFAULT_TIMEOUT = 60_000
