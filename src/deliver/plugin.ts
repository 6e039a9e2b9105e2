import { IncidentMailerError } from '../errors.js'
import type { RejectedRecipient } from '../mail.js'
import { throwIfAborted } from '../pipeline.js'
import { printable } from '../printable.js'
import { maskOf } from '../secrets.js'
import { untilAborted } from '../until-aborted.js'
import { announce, type Carrier, type Handover, type Parcel } from './handover.js'
import {
  asNodemailerError,
  isRefusal,
  type NodemailerError,
  refusalOf,
  transporterError,
} from './nodemailer-error.js'
import type { Place } from './smtp/error.js'
import { hasMixedCodes } from './smtp/reply.js'
import type { KnownTransport, MailTransporter } from './transport.js'

/** A Transporter of nodemailer's, or a plugin to make one of. */
export type Foreign = Extract<KnownTransport, { kind: 'transporter' | 'plugin' }>

/** Hands mails to a nodemailer Transporter or transport plugin of the caller's, who also closes it. */
export function pluginCarrier(foreign: Foreign): Carrier {
  return {
    warnings: [],
    async send(parcel, context) {
      const { signal, logger } = context
      const transporter = await transporterOf(foreign)
      await announce(parcel, context)
      throwIfAborted(signal)
      logger?.debug({ messageId: parcel.messageId }, 'handing the mail to a transport of nodemailer')
      try {
        const info = await untilAborted(signal, 'answer from the transport', () =>
          transporter.sendMail(mailOf(parcel, signal)),
        )
        return answered(parcel, typeof info === 'object' && info !== null ? info : {})
      } catch (thrown) {
        return failed(parcel, asNodemailerError(thrown), signal)
      }
    },
    async close() {},
  }
}

/**
 * A Transporter, made of the plugin where it is one.
 *
 * nodemailer itself is loaded only here and now: mail that goes another way does without most of it.
 */
export async function transporterOf(foreign: Foreign): Promise<MailTransporter> {
  if (foreign.kind === 'transporter') return foreign.transporter
  const { createTransport } = await import('nodemailer')
  return createTransport(foreign.plugin)
}

/** The finished mail as nodemailer takes it: nothing in it may make nodemailer read a file or a URL. */
function mailOf({ messageId, from, to, bytes }: Parcel, signal: AbortSignal | undefined): object {
  return {
    raw: bytes,
    envelope: { from, to: [...to], size: bytes.length },
    messageId,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(signal && { signal }),
  }
}

/** What a transport says of a mail it took. One that says nothing of its recipients took it for all. */
function answered({ to }: Parcel, info: object): Handover {
  const response = Reflect.get(info, 'response')
  if (typeof response === 'string' && hasMixedCodes(response)) return undecided(to)
  const refusals = list(info, 'rejectedErrors').map(asNodemailerError)
  const refused = new Set(list(info, 'rejected').map(addressOf))
  const named = new Set(list(info, 'accepted').map(addressOf))
  const accepted = to.filter((address) => !refused.has(address) && (named.size === 0 || named.has(address)))
  const rejected = to
    .filter((address) => !accepted.includes(address))
    .map((address) => refusedOne(address, refusals))
  return {
    accepted,
    rejected,
    undecided: [],
    response: typeof response === 'string' ? printable(response) : null,
    failure: null,
  }
}

function refusedOne(address: string, refusals: readonly NodemailerError[]): RejectedRecipient {
  const refusal = refusals.find(({ recipient }) => recipient === address)
  if (refusal) return refusalOf(address, refusal, PLACE.mask)
  const message = 'the transport refused this recipient without a reason'
  return { address, code: null, enhancedCode: null, temporary: false, message }
}

function failed({ to }: Parcel, error: NodemailerError, signal: AbortSignal | undefined): Handover {
  if (isRefusal(error)) {
    const refusals = error.rejectedErrors ?? []
    const rejected = to.map((address) =>
      refusalOf(address, refusals.find(({ recipient }) => recipient === address) ?? error, PLACE.mask),
    )
    return {
      accepted: [],
      rejected,
      undecided: [],
      response: error.response === undefined ? null : printable(error.response),
      failure: null,
    }
  }
  if (signal?.aborted || mayHaveSent(error)) return undecided(to, error)
  throw known(error)
}

function undecided(to: readonly string[], cause?: Error): Handover {
  const message =
    'the transport broke off and does not say whether the mail went out; look there before you send it again'
  const failure = new IncidentMailerError('OUTCOME_UNKNOWN', message, { cause })
  return { accepted: [], rejected: [], undecided: to, response: null, failure }
}

/**
 * Whether a connection broke at a moment that nodemailer does not tell, before the data or after it, or the
 * mail was answered in a way that tells nothing.
 */
function mayHaveSent({ code, originalCode, timeoutType, response }: NodemailerError): boolean {
  if (response !== undefined) return code === 'EMESSAGE' && hasMixedCodes(response)
  if (code === 'ECONNECTION') return true
  if (code === 'ETIMEDOUT') return timeoutType === undefined || timeoutType === 'SOCKET_TIMEOUT'
  return code === 'ESOCKET' && ['ECONNRESET', 'EPIPE', undefined].includes(originalCode)
}

function known(error: NodemailerError): IncidentMailerError {
  const mapped = transporterError(error, PLACE)
  if (mapped.code !== 'TRANSPORT_FAILED') return mapped
  return new IncidentMailerError('TRANSPORT_FAILED', `the transport failed: ${printable(error.message)}`, {
    cause: error,
  })
}

function list(info: object, key: string): readonly unknown[] {
  const value: unknown = Reflect.get(info, key)
  return Array.isArray(value) ? value : []
}

/** nodemailer's lists hold addresses as text or as objects. */
function addressOf(entry: unknown): string {
  const isObject = typeof entry === 'object' && entry !== null && 'address' in entry
  return String(isObject ? entry.address : entry)
}

const PLACE: Place = { server: "the transport's server", mask: maskOf(null) }
