import type { IncidentMailerError } from '../errors.js'
import { nearest } from '../nearest.js'
import { authority } from '../network/authority.js'
import { invalidOption } from '../options.js'
import { quoted } from '../quoted.js'
import type { FolderOptions } from './folder.js'
import { type GraphOptions, type GraphSettings, graphSettings } from './graph/settings.js'
import { invalidTransport } from './invalid-transport.js'
import { checkedSendmail, type SendmailOptions } from './sendmail.js'
import { checkedSeveral, type SeveralTransports } from './several-options.js'
import type { SmtpOptions } from './smtp/options.js'
import { type SmtpSettings, smtpSettings } from './smtp/settings.js'
import { smtpUrl } from './smtp/url.js'

/**
 * The way a mail goes: a URL (`smtps://user:password@mail.example.com`), settings for SMTP, a folder for
 * .eml files, a sendmail program, several of these, or a Transporter or transport plugin of nodemailer's.
 */
export type Transport =
  | string
  | SmtpOptions
  | FolderOptions
  | SendmailOptions
  | GraphOptions
  | SeveralTransports
  | MailTransporter
  | TransportPlugin

/**
 * What `createTransport()` of nodemailer returns, any version. One that pools should have `maxRequeues: 0`:
 * by itself it sends a mail again when the connection breaks, also when the server may have it.
 */
export interface MailTransporter {
  sendMail(mail: object): Promise<unknown>
  verify?(): Promise<unknown>
}

/** What `createTransport()` of nodemailer takes: the object behind a Transporter. */
export interface TransportPlugin {
  readonly name: string
  readonly version: string
  send(mail: never, callback: (error: Error | null, info?: unknown) => void): void
}

/** A transport, and which kind it is. */
export type KnownTransport =
  | { readonly kind: 'smtp'; readonly settings: SmtpSettings }
  | { readonly kind: 'folder'; readonly options: FolderOptions }
  | { readonly kind: 'sendmail'; readonly options: SendmailOptions }
  | { readonly kind: 'graph'; readonly settings: GraphSettings }
  | {
      readonly kind: 'several'
      readonly ways: readonly { readonly known: KnownTransport; readonly weight: number | null }[]
    }
  | { readonly kind: 'transporter'; readonly transporter: MailTransporter }
  | { readonly kind: 'plugin'; readonly plugin: TransportPlugin }

/** Where mails go, as far as the settings say, and in words of which there are few. */
export interface Destination {
  /** `several` for several ways, of which each mail takes one; `nodemailer` for a transport of nodemailer's. */
  readonly system: 'smtp' | 'microsoft_graph' | 'sendmail' | 'folder' | 'several' | 'nodemailer'
  /** The server, or null where there is none, or only its transport knows it. */
  readonly host: string | null
  readonly port: number | null
}

/** Where a transport leads. */
export function destinationOf(known: KnownTransport): Destination {
  const nowhere = { host: null, port: null }
  switch (known.kind) {
    case 'smtp':
      return { system: 'smtp', host: known.settings.host, port: known.settings.port }
    case 'graph': {
      const { hostname, port } = new URL(known.settings.mailbox)
      return { system: 'microsoft_graph', host: hostname, port: Number(port) || 443 }
    }
    case 'transporter':
    case 'plugin':
      return { system: 'nodemailer', ...nowhere }
    default:
      return { system: known.kind, ...nowhere }
  }
}

/** Where a transport leads, in the words of messages: `mail.example.com:587`. */
export function placeOf(known: KnownTransport): string {
  if (known.kind === 'folder') return known.options.folder
  if (known.kind === 'sendmail') return known.options.sendmail
  const { system, host, port } = destinationOf(known)
  if (system === 'microsoft_graph') return 'Microsoft Graph'
  if (system === 'nodemailer') return "a transport of nodemailer's"
  return host === null || port === null ? 'several transports' : authority({ host, port })
}

/**
 * Finds out which kind of transport it is.
 *
 * @throws IncidentMailerError `INVALID_CONFIG` when it is none, or its settings are wrong
 */
export function knownTransport(transport: Transport): KnownTransport {
  if (typeof transport === 'string') return { kind: 'smtp', settings: smtpSettings(smtpUrl(transport)) }
  if (typeof transport !== 'object' || transport === null)
    throw invalid('is a URL, an object with host, an object with folder, or a nodemailer transport')
  if (isTransporter(transport)) return { kind: 'transporter', transporter: transport }
  if (isPlugin(transport)) return { kind: 'plugin', plugin: transport }
  refuseTwoKinds(transport)
  if ('transports' in transport) {
    const ways = checkedSeveral(transport).map(({ transport, weight = null }) => ({
      known: knownTransport(transport),
      weight,
    }))
    return { kind: 'several', ways }
  }
  if ('graph' in transport) return { kind: 'graph', settings: graphSettings(transport) }
  if ('sendmail' in transport) return { kind: 'sendmail', options: checkedSendmail(transport) }
  if ('folder' in transport) return { kind: 'folder', options: checkedFolder(transport) }
  return { kind: 'smtp', settings: smtpSettings(transport) }
}

/** What makes a transport one of its kind. */
const KINDS = ['transports', 'graph', 'sendmail', 'folder', 'host']

function refuseTwoKinds(transport: object): void {
  const [one, other] = KINDS.filter((kind) => kind in transport)
  if (one === undefined || other === undefined) return
  throw invalidTransport(other, `and transport.${one} exclude each other; keep one of them`)
}

function isTransporter(transport: object): transport is MailTransporter {
  return 'sendMail' in transport && typeof transport.sendMail === 'function'
}

function isPlugin(transport: object): transport is TransportPlugin {
  return 'send' in transport && typeof transport.send === 'function'
}

function checkedFolder(options: FolderOptions): FolderOptions {
  if (typeof options.folder !== 'string' || options.folder === '')
    throw invalid('has a folder that is not a path')
  const other = Object.keys(options).find((key) => key !== 'folder')
  if (other !== undefined) {
    const near = nearest(other, ['folder'])
    throw invalid(
      near
        ? `has both folder and ${quoted(other)}; keep one`
        : `is a folder, which has no option ${quoted(other)}; a mail server goes without folder`,
    )
  }
  return options
}

function invalid(message: string): IncidentMailerError {
  return invalidOption('transport', `transport ${message}`)
}
