import { isAscii } from 'node:buffer'
import { Readable } from 'node:stream'
import { IncidentMailerError } from '../../errors.js'
import type { RejectedRecipient, Warning } from '../../mail.js'
import { type StageContext, throwIfAborted } from '../../pipeline.js'
import { quoted } from '../../quoted.js'
import { dsnUnsupported } from '../dsn.js'
import { announce, type Handover, type Parcel, rejectedBy } from '../handover.js'
import { dsnParameters } from './dsn-parameters.js'
import {
  asNodemailerError,
  isRefusal,
  type NodemailerError,
  oversized,
  type Place,
  rejection,
} from './error.js'
import { type Offered, parseReply, replyLine } from './reply.js'

/** An open connection, as far as one mail needs it. */
export interface Wire {
  readonly place: Place
  readonly offered: Offered
  /** Sends envelope and message; gives the reply to the last dot. */
  send(envelope: Envelope, message: Readable, signal: AbortSignal | undefined): Promise<string>
  /** What made `send` throw, as an error of ours. */
  failure(thrown: unknown): IncidentMailerError
  /** Whether the server said something that was not taken for an answer yet. */
  unread(): boolean
  /** How long the server may be silent from now on, in milliseconds; undefined for the usual time. */
  allowSilence(milliseconds: number | undefined): void
  /** Ends the connection at once. */
  close(): void
}

/** An envelope in which nodemailer keeps its books, also where it fails in the end. */
export interface Envelope {
  readonly from: string
  readonly to: string[]
  readonly size: number
  readonly use8BitMime: boolean
  readonly rcptQueue: string[]
  readonly accepted: string[]
  readonly rejected: string[]
  readonly rejectedErrors: NodemailerError[]
}

/** What became of a mail on one connection. */
export interface Transaction extends Handover {
  /** Whether even one octet of the message itself was sent. */
  readonly dataBegun: boolean
}

/**
 * One mail transaction (RFC 5321, section 3.3), from MAIL to the reply to the last dot. Anything but an
 * accepted mail ends the connection: a new one is cheap beside the doubt about an old one's state.
 *
 * @throws IncidentMailerError while the server was told nothing of the mail
 */
export async function transact(wire: Wire, parcel: Parcel, context: StageContext): Promise<Transaction> {
  const { from, to, bytes } = parcel
  const { signal } = context
  const { place } = wire
  const use8BitMime = demandExtensions(parcel, wire)
  const warnings = demandDsn(parcel, wire)
  throwIfAborted(signal)
  const books = { rcptQueue: [], accepted: [], rejected: [], rejectedErrors: [] }
  const envelope: Envelope = { from, to: [...to], size: bytes.length, use8BitMime, ...books }
  if (parcel.dsn && warnings.length === 0) dsnParameters(envelope, parcel.dsn)
  let early = false
  let keptBack: unknown = null
  const ready = async () => {
    try {
      await announce(parcel, context)
    } catch (thrown) {
      keptBack = thrown
      throw new Error('kept back')
    }
  }
  const onEnd = () => {
    early = wire.unread()
    wire.allowSilence(VERDICT)
  }
  const { message, sent } = watched(context.beforeData ? announced(bytes, ready) : slices(bytes), onEnd)

  const refusedSoFar = () =>
    envelope.rejectedErrors.map((error) => rejection(error.recipient ?? '', error, place.mask))
  const ended = (result: Partial<Handover>): Transaction => {
    const { accepted = [], undecided = [], response = null, failure = null } = result
    const rejected = result.rejected ?? refusedSoFar()
    const dataBegun = message.readableDidRead
    return { accepted, rejected, undecided, response, failure, warnings, dataBegun }
  }
  const unknown = (cause?: unknown): Transaction => {
    wire.close()
    const how =
      early || !sent()
        ? 'answered before it had the whole mail'
        : 'gave no answer to the mail after all of it was sent'
    const text = `${place.server} ${how}, so it may have it or not; look there before you send it again`
    const failure = new IncidentMailerError('OUTCOME_UNKNOWN', text, { cause })
    return ended({ undecided: envelope.accepted, failure })
  }

  const limit = wire.offered.maximumSize
  if (limit !== null && bytes.length > limit)
    return ended({ rejected: to.map((address) => oversized(address, bytes.length, limit, place.server)) })
  try {
    const response = await wire.send(envelope, message, signal)
    const { code } = parseReply(response)
    // An answer that was there before the end of the data, or one that is none, tells nothing.
    if (early || !sent() || code === null || code > 299) return unknown()
    wire.allowSilence(undefined)
    return ended({ accepted: envelope.accepted, response: replyLine(response, place.mask) })
  } catch (thrown) {
    const failure = wire.failure(keptBack ?? thrown)
    wire.close()
    const error = asNodemailerError(thrown)
    // Before the end, a refusal is one: the dot is not sent any more.
    if (isRefusal(error) && !early) {
      const response = error.response === undefined ? null : replyLine(error.response, place.mask)
      return ended({ rejected: refusedAll(to, error, refusedSoFar(), place), response })
    }
    if (sent()) return unknown(failure.cause)
    const refused = refusedSoFar()
    const rest = to.filter((address) => !refused.some((recipient) => recipient.address === address))
    // Where everyone was refused already, it does not matter how the connection ended.
    if (rest.length === 0) return ended({ rejected: refused })
    return ended({ rejected: [...refused, ...rejectedBy(failure, rest)], failure })
  }
}

/** Nobody gets a mail that was refused: those not refused one by one share the reason of the whole. */
function refusedAll(
  to: readonly string[],
  error: NodemailerError,
  refused: readonly RejectedRecipient[],
  { mask }: Place,
): readonly RejectedRecipient[] {
  return to.map(
    (address) =>
      refused.find((recipient) => recipient.address === address) ?? rejection(address, error, mask),
  )
}

/**
 * Sees to it that the server can take what the mail holds, before it hears of it. Tells whether the mail has
 * 8-bit octets.
 */
function demandExtensions({ from, to, bytes }: Parcel, { offered, place }: Wire): boolean {
  const header = bytes.subarray(0, bytes.indexOf('\r\n\r\n'))
  const foreign = [from, ...to].find((address) => !isAscii(Buffer.from(address)))
  // RFC 6531, section 3.2.
  if ((foreign !== undefined || !isAscii(header)) && !offered.extensions.includes('SMTPUTF8')) {
    const what = foreign === undefined ? 'header field' : `address ${quoted(foreign)}`
    throw new IncidentMailerError(
      'SMTPUTF8_UNSUPPORTED',
      `${place.server} does not take the non-ASCII ${what}; use another address, or a server with SMTPUTF8`,
    )
  }
  const has8Bit = !isAscii(bytes)
  // RFC 6152, section 3.
  if (has8Bit && !offered.extensions.includes('8BITMIME'))
    throw new IncidentMailerError(
      'PROTOCOL_ERROR',
      `${place.server} does not take 8-bit octets; encode the body as quoted-printable or base64`,
    )
  return has8Bit
}

/** What it is to warn of where notifications are wished for, and not offered. */
function demandDsn({ dsn }: Parcel, { offered, place }: Wire): readonly Warning[] {
  if (dsn === undefined || offered.extensions.includes('DSN')) return []
  return [dsnUnsupported(dsn, `${place.server} does not offer them (DSN, RFC 3461)`)]
}

/** The message as a stream that knows whether its last octet was taken. */
function watched(
  pieces: Iterable<Buffer> | AsyncIterable<Buffer>,
  onEnd: () => void,
): { message: Readable; sent: () => boolean } {
  let ended = false
  const message = Readable.from(pieces, { objectMode: false })
  message.once('end', () => {
    ended = true
    onEnd()
  })
  return { message, sent: () => ended }
}

/** In small pieces, so that the stream does not end long before the wire has seen it all. */
function* slices(bytes: Buffer): Generator<Buffer> {
  for (let start = 0; start < bytes.length; start += SLICE) yield bytes.subarray(start, start + SLICE)
}

/** The same, but not an octet of it before everyone is ready: the server has asked for it (354), and waits. */
async function* announced(bytes: Buffer, ready: () => Promise<void>): AsyncGenerator<Buffer> {
  await ready()
  yield* slices(bytes)
}

/**
 * How long to wait for the answer to the last dot, in milliseconds: as RFC 5321, section 4.5.3.2.6 asks, for
 * whoever gives up sooner sends twice what was only slow. The signal ends it sooner.
 */
const VERDICT = 600_000

/** Octets. */
const SLICE = 16_384
