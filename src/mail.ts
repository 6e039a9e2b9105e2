/**
 * What flows from stage to stage:
 *
 *     MailRequest --render--> RenderedMail --compose--> MimeMail --sign--> MimeMail --encrypt--> MimeMail --deliver--> DeliveryReport
 *
 * Plain data only; the work is done by the stages.
 */
import type { ErrorCode } from './error-codes.js'
import type { Incident, IncidentFile, IncidentId } from './incident/incident.js'

/** A list of addresses: a string with commas, or a list. `SOC <soc@example.com>` and `soc@example.com` both do. */
export type Addresses = string | readonly string[]

/** How urgent a mail is: sets Importance, X-Priority, X-MSMail-Priority and Priority. */
export type Importance = 'low' | 'normal' | 'high'

/** A label of the Traffic Light Protocol (TLP 2.0): who may be told. */
export type Tlp = 'red' | 'amber' | 'amber+strict' | 'green' | 'clear'

/** A file that the request itself brings along. */
export interface RequestAttachment {
  /** The file name the recipient sees. Default: the last part of `path`. */
  readonly name?: string
  /** A file, relative to the job's folder, and under it or one of `attachmentFolders`. */
  readonly path?: string
  /** The content in base64, or as bytes. Instead of `path`. */
  readonly content?: string | Uint8Array
  /** The media type (RFC 2045, section 5). Default: by the name's ending. */
  readonly contentType?: string
  /** The Content-ID by which the HTML shows it: `<img src="cid:logo">`. */
  readonly cid?: string
}

/** What servers can tell of (RFC 3461, section 4.1): that it is in the mailbox, that it never will be, that it waits. */
export type DsnEvent = 'success' | 'failure' | 'delay'

/** Delivery status notifications (RFC 3461): mails in which servers tell the envelope's sender what became of a mail. */
export interface DsnOptions {
  /** Of what they tell, for each recipient; `never` asks for silence. Default: `success`, `failure` and `delay`. */
  readonly notify?: 'never' | readonly DsnEvent[]
  /** How much of the mail comes back with the news of a failure. Default `headers`. */
  readonly return?: 'headers' | 'full'
  /**
   * What notifications call the mail: 1 to 100 printable ASCII characters. Default: the Message-ID without its
   * angle brackets, where it is no longer, and has neither `+` nor `=`.
   */
  readonly envelopeId?: string
  /** Send nothing where the way out cannot ask for them; false sends without them, with a warning. Default true. */
  readonly required?: boolean
}

/** What someone asks for: who gets a mail, about which incident, saying what. A job is this, as JSON. */
export interface MailRequest {
  /** Who gets the mail. */
  readonly to?: Addresses
  /** Who gets a copy. */
  readonly cc?: Addresses
  /** Who gets a copy unseen. Never written into the mail; encrypted mail goes to each as a copy of their own. */
  readonly bcc?: Addresses
  /** The author. Default: the notifier's `from`. */
  readonly from?: string
  /** Where replies go, when not to `from`. */
  readonly replyTo?: Addresses
  /** The subject, a template too. Default: the template's own, else `[{{ incident.id }}] {{ incident.name }}`. */
  readonly subject?: string
  /** The label of a template, configured or built in. */
  readonly template?: string
  /** A template's source. Not together with `template`. */
  readonly inlineTemplate?: string
  /** A body as it is, HTML or plain text. A template wins over it, unless `mergeBody`. */
  readonly body?: string
  /** The plain-text twin of an HTML body. Default: made from the HTML. */
  readonly textBody?: string
  /** Whether the content is HTML. Default `auto`: found out from the content. */
  readonly format?: 'auto' | 'html' | 'text'
  /** Append `body` to the rendered template. Default false. */
  readonly mergeBody?: boolean
  /** The incident: its id, an incident file's content, or the incident's fields alone. */
  readonly incident?: IncidentId | IncidentFile | Incident
  /** Default: no such header fields. */
  readonly importance?: Importance
  /** Ask for delivery status notifications (RFC 3461): `true` for all, or which. Default false. */
  readonly dsn?: boolean | DsnOptions
  /** The Message-ID, with or without angle brackets. Default: a new one at the sender's domain. */
  readonly messageId?: string
  /** The same key gives the same Message-ID, so that a second try is the same mail. */
  readonly idempotencyKey?: string
  /** The Message-ID that this mail answers. */
  readonly inReplyTo?: string
  /** The Message-IDs of the thread so far, oldest first: a list, or a string with spaces or commas. */
  readonly references?: string | readonly string[]
  /** Put all mails of one incident in one thread. Default false. */
  readonly thread?: boolean
  /** `"*"` for all files of the incident, names with commas, or a list of names and files. */
  readonly attachments?: string | readonly (string | RequestAttachment)[]
  /** Make a file that is not there an error rather than a warning. Default false. */
  readonly strictAttachments?: boolean
  /** More header fields. `Subject` here wins; `To`, `From` and `Cc` here are for display only. */
  readonly headers?: Readonly<Record<string, string>>
  /** Sign with S/MIME. Default: true when an identity is configured. */
  readonly sign?: boolean
  /** Encrypt with S/MIME. Default: true when `encryptionCertificates` is given. */
  readonly encrypt?: boolean
  /** The recipients' certificates in PEM: one string, with commas between or not, or a list. */
  readonly encryptionCertificates?: string | readonly string[]
  /**
   * Sign and encrypt the header fields too (RFC 9788), the subject among them: `true`, or what stands outside the
   * encryption. Default: the notifier's, else false.
   */
  readonly protectHeaders?: boolean | 'baseline' | 'shy'
  /** The language of dates and numbers, as a BCP 47 tag. Default `en`. */
  readonly locale?: string
  /** The time zone of dates, as an IANA name. Default `UTC`. */
  readonly timeZone?: string
  /** The Traffic Light Protocol label (TLP 2.0) that built-in templates show. */
  readonly tlp?: Tlp
  /** Make an undefined template variable an error rather than a warning. Default false. */
  readonly strictUndefined?: boolean
  /** The profile by which it is sent. Default: the notifier's. */
  readonly profile?: string
  /** The time for the whole send, in milliseconds. Default: the notifier's, else 60,000. */
  readonly timeout?: number
}

/** What a reader of the report should know although the mail went on. */
export interface Warning {
  readonly code: WarningCode
  /** Says what and where, and what to do. */
  readonly message: string
}

/** What a warning is about. */
export type WarningCode =
  | 'UNDEFINED_VARIABLE'
  | 'UNUSED_BODY'
  | 'UNKNOWN_ATTACHMENT'
  | 'UNKNOWN_CID'
  | 'UNUSED_CID'
  | 'IMAGE_NOT_FOUND'
  | 'IMAGE_IGNORED'
  | 'DUPLICATE_RECIPIENT'
  | 'NO_EMAIL_PROTECTION'
  | 'CERTIFICATE_EXPIRES_SOON'
  | 'CERTIFICATE_WITHOUT_ADDRESS'
  | 'CERTIFICATE_UNUSED'
  | 'CERTIFICATE_UNTRUSTED'
  | 'NOT_ENCRYPTED'
  | 'RECIPIENT_LEFT_OUT'
  | 'SIGNER_ADDRESS_MISMATCH'
  | 'PLAINTEXT_CONNECTION'
  | 'TLS_NOT_VERIFIED'
  | 'UNAUTHENTICATED_ALLOWED'
  | 'NO_TRANSPORT'
  | 'TRANSPORT_SKIPPED'
  | 'NO_MESSAGE_ID'
  | 'DSN_UNSUPPORTED'
  | 'SENT_AS_DRAFT'
  | 'DRAFT_LEFT'
  | 'OUTCOME_UNKNOWN'

/** How long each stage took, in milliseconds. A stage that did not run is missing. */
export interface Timings {
  readonly render?: number
  readonly compose?: number
  readonly sign?: number
  readonly encrypt?: number
  readonly deliver?: number
}

/** What every piece gathers on its way, for the report. */
export interface Trail {
  readonly warnings: readonly Warning[]
  readonly timings: Timings
}

/** The request with what it says: the result of `render`. */
export interface RenderedMail extends Trail {
  readonly request: MailRequest
  /** One line, never HTML-escaped. */
  readonly subject: string
  /** Null for a plain-text mail. */
  readonly html: string | null
  readonly text: string
  /** The incident, looked up, or null where the request names none. */
  readonly incident: IncidentFile | null
  /** The folder of the template's file, from which its local images come, or null. */
  readonly imageFolder: string | null
}

/** One header field, ready for the wire: an ASCII value (or UTF-8, RFC 6532), folded with CRLF. */
export interface HeaderField {
  readonly name: string
  readonly value: string
  /** The whole field as others wrote it, with its line end; stands on the wire instead of name and value. */
  readonly written?: Uint8Array
}

/** A MIME entity (RFC 2045, section 2.4): its Content-* fields, and its body in canonical CRLF. */
export interface MimeEntity {
  readonly headers: readonly HeaderField[]
  /** Opens the body, again and again: an array of chunks for one in memory, a stream for one that is not. */
  readonly body: () => Iterable<Uint8Array> | AsyncIterable<Uint8Array>
}

/** Someone who gets the mail, and where they stand in it. */
export interface Recipient {
  /** The address as the envelope carries it (RFC 5321): an internationalised domain in its ASCII form. */
  readonly address: string
  readonly kind: 'to' | 'cc' | 'bcc'
}

/** One set of bytes, and those who get it. */
export interface Delivery {
  readonly recipients: readonly Recipient[]
  readonly entity: MimeEntity
}

/** Which protection the request asks for; what is left out is the stage's own default. */
export type Protection = Pick<
  MailRequest,
  'sign' | 'encrypt' | 'encryptionCertificates' | 'protectHeaders' | 'tlp'
>

/** What a report says of a certificate. */
export interface CertificateSummary {
  /** The distinguished name, most specific part last. */
  readonly subject: string
  readonly issuer: string
  /** Hexadecimal. */
  readonly serialNumber: string
  /** SHA-256 over the certificate, hexadecimal with colons. */
  readonly fingerprint: string
  /** The mail addresses it names. */
  readonly addresses: readonly string[]
  /** The last moment of its validity, ISO 8601. */
  readonly notAfter: string
}

/** What a report says of a certificate that a mail was signed with or encrypted to. */
export interface UsedCertificate extends CertificateSummary {
  /** The whole days that it is still valid, from the mail's date on. */
  readonly daysLeft: number
}

/** Which delivery status notifications a mail asks for, its defaults filled in. */
export interface DsnRequest extends Required<Omit<DsnOptions, 'envelopeId'>> {
  /** Null where there is none that fits. */
  readonly envelopeId: string | null
}

/** A mail as it will stand on the wire: the result of `compose`, and in and out of `sign` and `encrypt`. */
export interface MimeMail extends Trail {
  /** With its angle brackets; empty for a raw message that has none. */
  readonly messageId: string
  /** The Date field's moment, which a signature repeats. */
  readonly date: Date
  /** As people read it, not encoded. */
  readonly subject: string
  /** The envelope's sender (MAIL FROM, RFC 5321, section 4.1.1.2). */
  readonly sender: string
  /** The message's own fields, in order. The Content-* fields are the entity's. Never Bcc. */
  readonly headers: readonly HeaderField[]
  /** One, or several where blind-copied people each get their own encrypted copy. */
  readonly deliveries: readonly Delivery[]
  readonly protection: Protection
  /** Who signed, or null while nobody has. */
  readonly signer: UsedCertificate | null
  /** For whom it is encrypted, or null while it is not. */
  readonly recipientsCertificates: readonly RecipientCertificate[] | null
  /** How its header fields are protected, or null while they are not. */
  readonly headerProtection: HeaderProtection | null
  /** Which delivery status notifications it asks for. Default: none, and servers do as they like. */
  readonly dsn?: DsnRequest
  /** The profile by which a notifier delivers it. Default: the notifier's. */
  readonly profile?: string
  /** Who gets it signed and not encrypted, for want of a certificate. Default: nobody. */
  readonly unencrypted?: readonly string[]
  /** Who does not get it, for want of a certificate. Default: nobody. */
  readonly leftOut?: readonly string[]
  /** Who signed beside `signer`. Default: nobody. */
  readonly cosigners?: readonly UsedCertificate[]
}

/** Which of a mail's own header fields are signed and encrypted with its content (RFC 9788). */
export interface HeaderProtection {
  /** `clear`: they are signed. `cipher`: they are inside the encryption. */
  readonly hp: 'clear' | 'cipher'
  /** The names of all fields that it covers. */
  readonly fields: readonly string[]
  /** The names of those whose value does not stand outside the encryption. */
  readonly hidden: readonly string[]
}

/** Which certificate serves a recipient. */
export interface RecipientCertificate extends UsedCertificate {
  readonly recipient: string
}

/** A recipient whom the server refused. */
export interface RejectedRecipient {
  readonly address: string
  /** The reply code (RFC 5321, section 4.2), or null where the server gave none. */
  readonly code: number | null
  /** The enhanced status code (RFC 3463): `5.1.1`, or null. */
  readonly enhancedCode: string | null
  /** Whether the same recipient may be accepted later. */
  readonly temporary: boolean
  /** The server's words. */
  readonly message: string
}

/** That recipients are tried again after a while, since they were refused for now. */
export interface PlannedRetry {
  /** With its angle brackets; empty for a raw message that has none. */
  readonly messageId: string
  /** Which attempt has ended, from 1. */
  readonly attempt: number
  /** How many there are at most. */
  readonly attempts: number
  /** Who is tried again, each with why they were refused. */
  readonly recipients: readonly RejectedRecipient[]
  /** The code of what ended the attempt for all of them, or null where the server answered. */
  readonly code: ErrorCode | null
  /** How long to wait, in milliseconds. */
  readonly milliseconds: number
  /** When the next attempt begins. */
  readonly at: Date
}

/** What became of a mail. */
export interface DeliveryReport extends Trail {
  /** With its angle brackets; empty for a raw message that has none, which goes as it is. */
  readonly messageId: string
  /** The server's last word; where copies differ, one line a copy. Null when nothing was sent. */
  readonly serverResponse: string | null
  readonly accepted: readonly string[]
  readonly rejected: readonly RejectedRecipient[]
  /**
   * `sent`: every recipient accepted. `partial`: some. `failed`: none. `unknown`: the connection was lost
   * after the data, so the server may or may not have it. Null for a dry run.
   */
  readonly outcome: 'sent' | 'partial' | 'failed' | 'unknown' | null
  readonly envelope: { readonly from: string; readonly to: readonly string[] }
  readonly subject: string
  readonly signed: boolean
  /** Whether every copy is encrypted. */
  readonly encrypted: boolean
  readonly signer: UsedCertificate | null
  /** Who signed beside `signer`, each with a signature of their own. */
  readonly cosigners: readonly UsedCertificate[]
  /** By whose certificates it can be read, the sender's own among them where `encryptToSelf` says so. */
  readonly recipientsCertificates: readonly RecipientCertificate[]
  /** Who was to get it signed and not encrypted, as `missingCertificate: 'sign-only'` has it. */
  readonly unencrypted: readonly string[]
  /** Who was not to get it, as `missingCertificate: 'skip'` has it. */
  readonly leftOut: readonly string[]
  /** How its header fields are protected, or null where they are not. */
  readonly headerProtection: HeaderProtection | null
  /** Octets of the message; of the largest copy where they differ. */
  readonly size: number
}
