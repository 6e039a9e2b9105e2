import { IncidentMailerError } from '../errors.js'
import type { MailRequest, MimeMail, Protection, RenderedMail } from '../mail.js'
import { refuseUnknownOptions } from '../options.js'
import { defineStage, type Stage } from '../pipeline.js'
import { quoted } from '../quoted.js'
import type { Mailbox } from './address.js'
import { parseSingleAddress } from './address-list.js'
import { collectAttachments } from './attachments.js'
import { readDsn } from './dsn.js'
import { cleanText, refuseInjection } from './header-field.js'
import { inlineImages } from './inline-images.js'
import { mailHeaders } from './mail-headers.js'
import { mimeTree } from './mime-tree.js'
import { type OwnHeaders, readOwnHeaders } from './own-headers.js'
import { readRecipients } from './recipients.js'
import { placeInThread } from './thread.js'

/** What `compose` needs beside the mail. */
export interface ComposeOptions {
  /** The author where the request names none: `SOC <soc@example.com>`. Default: none, and the request must. */
  readonly from?: string
  /**
   * The folders under which the files of requests and incidents lie. Relative paths start at the first.
   * Default: the working directory.
   */
  readonly attachmentFolders?: readonly string[]
  /** Where bounces go: the envelope's sender, of which servers write Return-Path. Default: the author's address. */
  readonly returnPath?: string
}

/**
 * Makes the stage that turns a rendered mail into the bytes that travel: header fields, and one MIME entity in
 * 7-bit and canonical CRLF, which can be signed as it is.
 *
 * The request's `headers` may set any field of their own; `To`, `From` and `Cc` there change what is shown
 * and not who gets the mail. Fields that say what the mail is made of, Date, Bcc, and those that servers write
 * are refused. Every mail says `Auto-Submitted: auto-generated` (RFC 3834) and `X-Auto-Response-Suppress`, unless `headers` say
 * otherwise.
 *
 * @throws {@link IncidentMailerError} `NO_SENDER`, `NO_RECIPIENTS`, `INVALID_ADDRESS`: who writes to whom.
 * @throws {@link IncidentMailerError} `HEADER_INJECTION`, `FORBIDDEN_HEADER`: what the header would not bear.
 * @throws {@link IncidentMailerError} `FORBIDDEN_PATH`, `FILE_NOT_FOUND`, `FILE_UNREADABLE`,
 * `TOO_LARGE`, `UNKNOWN_ATTACHMENT`, `INVALID_INCIDENT`: files to attach.
 * @throws {@link IncidentMailerError} `INVALID_REQUEST`: a bad Message-ID, a media type, `thread` without an
 * incident, and other fields of the request; `error.field` names it.
 *
 * @example
 * ```ts
 * import { compose } from 'incident-mailer'
 *
 * const stage = compose({ from: 'SOC <soc@example.com>' })
 * const mail = await stage(
 *   {
 *     request: { to: 'ciso@example.com', importance: 'high' },
 *     subject: 'All quiet',
 *     html: '<p>All quiet.</p>',
 *     text: 'All quiet.',
 *     incident: null,
 *     imageFolder: null,
 *     warnings: [],
 *     timings: {},
 *   },
 *   {},
 * )
 * console.log(mail.messageId, mail.deliveries[0].recipients)
 * ```
 */
export function compose(options: ComposeOptions): Stage<RenderedMail, MimeMail> {
  refuseUnknownOptions(options, OPTIONS)
  // Read for the first mail, whose error it is.
  let author: Mailbox | null | undefined
  const configuredAuthor = () => (author ??= parseSingleAddress(options.from, 'from'))
  return defineStage('compose', async (mail, { signal, logger }) => {
    const { request } = mail
    const own = readOwnHeaders(request)
    const from = parseSingleAddress(request.from, 'from') ?? configuredAuthor() ?? refuseWithoutSender()
    const recipients = readRecipients(request)
    const subject = readSubject(mail, own)
    const place = placeInThread(mail, own, from.domain)
    const dsn = readDsn(request.dsn, place.messageId)
    // Whole seconds, as the field has them.
    const date = new Date(Math.floor(Date.now() / 1000) * 1000)
    const headers = mailHeaders({ request, own, from, recipients, subject, place, date })

    const folders = options.attachmentFolders ?? [process.cwd()]
    const files = await collectAttachments(mail, { folders, signal })
    const { warnings, ...illustrated } = await inlineImages(mail.html, files.attachments, {
      folder: mail.imageFolder,
      domain: from.domain,
      signal,
    })
    const entity = mimeTree({ text: mail.text, ...illustrated })
    logger?.debug({ messageId: place.messageId, attachments: files.attachments.length }, 'mail composed')
    return {
      messageId: place.messageId,
      date,
      subject,
      sender: parseSingleAddress(options.returnPath, 'returnPath')?.address ?? from.address,
      headers,
      deliveries: [{ recipients: recipients.envelope, entity }],
      protection: protectionOf(request),
      ...(dsn && { dsn }),
      signer: null,
      recipientsCertificates: null,
      headerProtection: null,
      warnings: [...mail.warnings, ...recipients.warnings, ...files.warnings, ...warnings],
      timings: mail.timings,
    }
  })
}

/** A Subject among the headers wins, as it does in Splunk's app. */
function readSubject({ request, subject }: RenderedMail, own: OwnHeaders): string {
  refuseInjection('subject', request.subject ?? '')
  refuseInjection('subject', subject)
  return cleanText(own.get('subject')?.value ?? subject)
}

const OPTIONS: Record<keyof ComposeOptions, true> = {
  from: true,
  attachmentFolders: true,
  returnPath: true,
}

function protectionOf(request: MailRequest): Protection {
  const { encryptionCertificates, protectHeaders, tlp } = request
  const sign = readFlag(request, 'sign')
  const encrypt = readFlag(request, 'encrypt')
  return {
    ...(sign !== null && { sign }),
    ...(encrypt !== null && { encrypt }),
    ...(encryptionCertificates !== undefined && { encryptionCertificates }),
    ...(tlp && { tlp }),
    ...((protectHeaders ?? null) !== null && { protectHeaders }),
  }
}

/** `"true"` and 1 are refused, since what they ask for must not get lost; null, as JSON may have it, says nothing. */
function readFlag(request: MailRequest, field: 'sign' | 'encrypt'): boolean | null {
  const value = request[field] ?? null
  if (value === null || typeof value === 'boolean') return value
  throw new IncidentMailerError(
    'INVALID_REQUEST',
    `${field} has to be true or false, and not ${quoted(value)}; correct it, or leave it out`,
    { field },
  )
}

function refuseWithoutSender(): never {
  throw new IncidentMailerError(
    'NO_SENDER',
    'nobody sends this mail; name the sender: "from" in the job, or in the config',
    { field: 'from' },
  )
}
