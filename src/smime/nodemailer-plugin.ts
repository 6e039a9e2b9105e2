import { decodeWords } from '../decode-words.js'
import { IncidentMailerError } from '../errors.js'
import { maskAddresses } from '../logger.js'
import type { MimeMail, Protection, Recipient } from '../mail.js'
import { messageBytes } from '../mime.js'
import { fieldOf } from '../mime-node.js'
import { invalidOption, refuseUnknownOptions } from '../options.js'
import { pipeline } from '../pipeline.js'
import { quoted } from '../quoted.js'
import { comparableAddress } from './certificates/certificate.js'
import { isToBeEncrypted } from './certificates/job-certificates.js'
import { type EncryptOptions, encrypt } from './encrypt.js'
import { addressesOf } from './message/author.js'
import { readMessage } from './message/read-message.js'
import { type SignOptions, sign } from './sign.js'

/**
 * What the plugin is told once, for all mails. One transport sends one mail to all, so a recipient without a
 * certificate is always an error here.
 */
export interface SmimePluginOptions extends SignOptions, Omit<EncryptOptions, 'missingCertificate'> {
  /** Encrypt mails that do not say otherwise. Default false: those that bring `encryptionCertificates`. */
  readonly encrypt?: boolean
  /**
   * Names of transports that are not nodemailer's own and send `mail.message`, the bytes, rather than make a mail of
   * their own from `mail.data`. Default: none.
   */
  readonly transports?: readonly string[]
}

/** What a single mail may say, as `smime` among the data of `sendMail`. What it leaves out is the plugin's to say. */
export type SmimeMailOptions = Pick<
  Protection,
  'sign' | 'encrypt' | 'encryptionCertificates' | 'protectHeaders'
>

/** The part that is needed here of what nodemailer hands to a plugin. */
export interface PluginMail {
  /** The data of `sendMail`, and `smime` among it. */
  readonly data: object
  message: unknown
  readonly mailer: unknown
}

/** A plugin for nodemailer's step `stream`. */
export type SmimePlugin = (mail: PluginMail, callback: (error?: Error | null) => void) => void

/**
 * Signs and encrypts mails of plain nodemailer: a plugin for its step `stream`. nodemailer builds the mail, this
 * signs and encrypts what it built, and nodemailer's own DKIM and transport take it from there.
 *
 * One transport sends one mail to all, so a mail with blind-copied recipients beside others is refused where it is
 * to be encrypted: each could read off it for whom else it is.
 *
 * @example
 * ```ts
 * import { smime } from 'incident-mailer/smime'
 * import { createTransport } from 'nodemailer'
 *
 * const transporter = createTransport('smtps://user:secret@mail.example.com')
 * const identity = { p12: './soc.p12', passphrase: process.env.P12_PASSPHRASE }
 * transporter.use('stream', smime({ identity, certificates: './certificates', encrypt: true }))
 * ```
 *
 * @throws IncidentMailerError `INVALID_CONFIG` at once for an option that does not exist. For a mail, by the callback
 * and before anything is sent: what `sign` and `encrypt` throw, `INVALID_REQUEST` for blind copies, and
 * `INVALID_CONFIG` for a transport that would send something else.
 */
export function smime(options: SmimePluginOptions): SmimePlugin {
  const { encrypt: byDefault, transports = [], ...stages } = checked(options)
  const { certificates, trust, crls, cipher, keyTransport, encryptToSelf, ...signing } = stages
  const { protectHeaders, legacyDisplay } = signing
  const ways = { cipher, keyTransport, protectHeaders, legacyDisplay }
  const encrypting = { certificates, trust, crls, encryptToSelf, ...ways }
  const secured = pipeline(sign(signing), encrypt(encrypting))

  const work = async (mail: PluginMail) => {
    refuseOtherTransports(mail, transports)
    const built = messageOfMail(mail)
    const signal = Reflect.get(mail.data, 'signal')
    const composed = composedOf(await built.build(), built.getEnvelope(), protectionOf(mail, byDefault))
    refuseBlindCopies(composed)
    const result = await secured(composed, signal instanceof AbortSignal ? { signal } : {})
    for (const { code, message } of result.warnings) warn(mail, code, message)
    const [delivery] = result.deliveries
    if (delivery) replaceMessage(mail, built, await messageBytes(result, delivery.entity))
  }
  return (mail, callback) => {
    work(mail).then(() => callback(), callback)
  }
}

/** Every option, so that a new one of a stage's is not forgotten here. */
const OPTIONS: Record<keyof SmimePluginOptions, true> = {
  encrypt: true,
  transports: true,
  identity: true,
  cosigners: true,
  signatureForm: true,
  signatureScheme: true,
  signatureHash: true,
  certificates: true,
  trust: true,
  crls: true,
  cipher: true,
  keyTransport: true,
  encryptToSelf: true,
  protectHeaders: true,
  legacyDisplay: true,
}

const MAIL_OPTIONS: Record<keyof SmimeMailOptions, true> = {
  sign: true,
  encrypt: true,
  encryptionCertificates: true,
  protectHeaders: true,
}

function checked(options: SmimePluginOptions): SmimePluginOptions {
  refuseUnknownOptions(options, OPTIONS)
  const { encrypt: byDefault, transports, identity, certificates } = options
  if (byDefault !== undefined && typeof byDefault !== 'boolean') {
    throw invalidOption('encrypt', 'encrypt must be true or false')
  }
  if (transports !== undefined && !Array.isArray(transports)) {
    throw invalidOption('transports', "transports must be a list of transports' names")
  }
  if (!identity && !byDefault && certificates === undefined) {
    throw invalidOption(
      null,
      'smime() has neither an identity to sign with nor encrypt or certificates, and would send mails as they are; set one of them',
    )
  }
  return options
}

/** nodemailer's own transports that send the message as it stands after this plugin. Its JSONTransport does not. */
const TRANSPORTS = ['SMTP', 'SMTP (pool)', 'Sendmail', 'SESTransport', 'StreamTransport']

function refuseOtherTransports({ mailer }: PluginMail, more: readonly string[]): void {
  const name: unknown = Object(Object(mailer).transporter).name
  if (typeof name === 'string' && [...TRANSPORTS, ...more].includes(name)) return
  throw invalidOption(
    'transports',
    `the transport ${quoted(name)} may send a mail of its own making, without signature and encryption; use one of ${TRANSPORTS.join(', ')}, or name it in transports if it sends mail.message`,
  )
}

/** What is needed of nodemailer's tree of MIME nodes. */
interface BuiltMessage {
  build(): Promise<Buffer>
  getEnvelope(): Envelope
  getHeader(name: string): unknown
  createChild(contentType: string): BuiltMessage
  remove(): unknown
  setRaw(bytes: Buffer): unknown
  setHeader(name: string, value: unknown): unknown
  setEnvelope(envelope: object): unknown
}

interface Envelope {
  readonly from: string | false
  readonly to: readonly string[]
}

function messageOfMail({ message }: PluginMail): BuiltMessage {
  if (isBuilt(message)) return message
  throw invalidOption(
    null,
    "smime() is a plugin for nodemailer's step stream: transporter.use('stream', smime(...))",
  )
}

function isBuilt(message: unknown): message is BuiltMessage {
  const needed = ['build', 'getEnvelope', 'getHeader', 'createChild', 'setRaw', 'setHeader', 'setEnvelope']
  return needed.every((method) => typeof Object(message)[method] === 'function')
}

function protectionOf({ data }: PluginMail, byDefault: boolean | undefined): Protection {
  const own: unknown = Reflect.get(data, 'smime') ?? {}
  refuseUnknownOptions(own, MAIL_OPTIONS, 'smime')
  const { sign: wanted, encrypt: encrypted, ...rest }: SmimeMailOptions = Object(own)
  for (const [name, value] of Object.entries({ sign: wanted, encrypt: encrypted })) {
    if (value !== undefined && typeof value !== 'boolean') {
      throw new IncidentMailerError('INVALID_REQUEST', `smime.${name} must be true or false`, {
        field: `smime.${name}`,
      })
    }
  }
  const whether = encrypted ?? (byDefault || undefined)
  return {
    ...rest,
    ...(wanted !== undefined && { sign: wanted }),
    ...(whether !== undefined && { encrypt: whether }),
  }
}

/** What nodemailer built, as our stages take it. */
function composedOf(bytes: Buffer, { from, to }: Envelope, protection: Protection): MimeMail {
  const { headers, entity } = readMessage(bytes)
  const date = new Date(fieldOf(headers, 'date') ?? '')
  const visible = new Set(
    ['to', 'cc'].flatMap((name) => addressesIn(headers, name)).map((address) => comparableAddress(address)),
  )
  const recipients = to.map((address): Recipient => {
    return { address, kind: visible.has(comparableAddress(address)) ? 'to' : 'bcc' }
  })
  return {
    messageId: fieldOf(headers, 'message-id') ?? '',
    date: Number.isNaN(date.getTime()) ? new Date() : date,
    subject: decodeWords(fieldOf(headers, 'subject') ?? ''),
    sender: from || '',
    // nodemailer leaves Bcc in a mail that came as `raw`.
    headers: headers.filter(({ name }) => !/^(?:resent-)?bcc$/i.test(name)),
    deliveries: [{ recipients, entity }],
    protection,
    signer: null,
    recipientsCertificates: null,
    headerProtection: null,
    warnings: [],
    timings: {},
  }
}

function addressesIn(headers: MimeMail['headers'], name: string): string[] {
  return headers
    .filter((field) => field.name.toLowerCase() === name)
    .flatMap(({ value }) => addressesOf(value))
}

/** Alone, a blind-copied person has nobody to be hidden from. */
function refuseBlindCopies({ deliveries, protection }: MimeMail): void {
  const recipients = deliveries.flatMap((delivery) => delivery.recipients)
  const blind = recipients.filter(({ kind }) => kind === 'bcc')
  if (blind.length === 0 || recipients.length === 1 || !isToBeEncrypted(protection)) return
  throw new IncidentMailerError(
    'INVALID_REQUEST',
    `bcc: an encrypted mail names all it is encrypted for, and ${blind.map(({ address }) => address).join(', ')} would not be blind; send each a mail of their own, with to or cc left out`,
    { field: 'bcc' },
  )
}

/** Puts the finished bytes in the place of nodemailer's tree. Nothing is left of which another mail could be made. */
function replaceMessage(mail: PluginMail, built: BuiltMessage, bytes: Buffer): void {
  const finished = built.createChild('message/rfc822')
  finished.remove()
  finished.setRaw(bytes)
  for (const name of ['from', 'message-id', 'date']) {
    const value = built.getHeader(name)
    if (value) finished.setHeader(name, value)
  }
  finished.setEnvelope({ ...built.getEnvelope(), size: bytes.length })
  mail.message = finished
  for (const key of ['text', 'html', 'watchHtml', 'amp', 'icalEvent', 'alternatives', 'attachments', 'raw']) {
    Reflect.deleteProperty(mail.data, key)
  }
}

/** Into the transporter's own log: a plugin has no report to put it in. */
function warn({ mailer }: PluginMail, code: string, message: string): void {
  const logger: unknown = Object(mailer).logger
  if (typeof Object(logger).warn === 'function')
    Object(logger).warn({ tnx: 'smime', code }, '%s', maskAddresses(message))
}
