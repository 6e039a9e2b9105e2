import { IncidentMailerError } from '../../errors.js'
import type { RejectedRecipient } from '../../mail.js'
import { type StageContext, throwIfAborted } from '../../pipeline.js'
import { dsnUnsupported } from '../dsn.js'
import { announce, type Handover, type Parcel, rejectedBy } from '../handover.js'
import { isOneTooMany } from '../one-too-many.js'
import { type EnvelopeCommands, envelopeCommands } from './commands.js'
import { oversized, rejection, strangeReply } from './error.js'
import { mailData } from './mail-data.js'
import { type Offered, replyCode, replyLine } from './reply.js'
import type { Wire } from './wire.js'

/** What became of a mail on one connection. */
export interface Transaction extends Handover {
  /** Whether even one octet of the message itself was sent. */
  readonly dataBegun: boolean
}

/** How far a transaction has come. */
interface Progress {
  readonly accepted: string[]
  readonly refused: RejectedRecipient[]
  /** Whether an octet of the message was sent. */
  dataBegun: boolean
  /** Whether its last octet was sent: from then on, the server may have the mail. */
  dataSent: boolean
}

/**
 * One mail transaction (RFC 5321, section 3.3), from MAIL to the reply to the last dot. Anything but an
 * accepted mail ends the connection: a new one is cheap beside the doubt about an old one's state.
 *
 * @throws IncidentMailerError while the server was told nothing of the mail
 */
export async function transact(
  wire: Wire,
  offered: Offered,
  parcel: Parcel,
  context: StageContext,
): Promise<Transaction> {
  const { to, bytes, dsn } = parcel
  const { server, mask } = wire.place
  const commands = envelopeCommands(parcel, offered, wire.place)
  const warnings =
    dsn === undefined || offered.extensions.includes('DSN')
      ? []
      : [dsnUnsupported(dsn, `${server} does not offer them (DSN, RFC 3461)`)]
  const progress: Progress = { accepted: [], refused: [], dataBegun: false, dataSent: false }
  const { accepted, refused } = progress
  throwIfAborted(context.signal)
  const ended = (result: Partial<Handover>): Transaction => ({
    ...{ accepted: [], rejected: refused, undecided: [], response: null, failure: null, warnings },
    ...result,
    dataBegun: progress.dataBegun,
  })
  const unknown = (cause?: unknown): Transaction => {
    wire.close()
    const how = progress.dataSent
      ? 'gave no answer to the mail after all of it was sent'
      : 'answered before it had the whole mail'
    const text = `${server} ${how}, so it may have it or not; look there before you send it again`
    return ended({
      undecided: accepted,
      failure: new IncidentMailerError('OUTCOME_UNKNOWN', text, { cause }),
    })
  }

  const limit = offered.maximumSize
  if (limit !== null && bytes.length > limit)
    return ended({ rejected: to.map((address) => oversized(address, bytes.length, limit, server)) })
  try {
    const reply = await wire.heeding(context.signal, () =>
      conversation(wire, offered, commands, parcel, context, progress),
    )
    const code = reply === null ? null : replyCode(reply)
    // An answer that was there before the end of the data, or one that is none, tells nothing.
    if (reply === null || code === null || (code >= 300 && code < 400)) return unknown()
    const response = replyLine(reply, mask)
    if (code < 300) return ended({ accepted, response })
    wire.close()
    // Nobody gets a mail that was refused: those not refused one by one share the reason of the whole.
    const rejected = to.map(
      (address) => refused.find((one) => one.address === address) ?? rejection(address, reply, mask),
    )
    return ended({ rejected, response })
  } catch (thrown) {
    wire.close()
    if (!(thrown instanceof IncidentMailerError)) throw thrown
    if (progress.dataSent) return unknown(thrown.cause)
    const rest = to.filter((address) => !refused.some((recipient) => recipient.address === address))
    // Where everyone was refused already, it does not matter how the connection ended.
    if (rest.length === 0) return ended({})
    return ended({ rejected: [...refused, ...rejectedBy(thrown, rest)], failure: thrown })
  }
}

/**
 * From MAIL to the reply that decides about the mail: the last one, or the one that refuses all of it before. Null
 * where the server said something out of turn that cannot be believed.
 */
async function conversation(
  wire: Wire,
  { extensions }: Offered,
  { mail, recipients }: EnvelopeCommands,
  parcel: Parcel,
  context: StageContext,
  progress: Progress,
): Promise<string | null> {
  const commands = [mail, ...recipients, 'DATA']
  // With PIPELINING, many go out at once (RFC 2920, section 3.1).
  const atOnce = extensions.includes('PIPELINING') ? AT_ONCE : 1
  let said = 0
  const replyTo = async (index: number, positive: number) => {
    if (index >= said) {
      said = index + atOnce
      wire.say(...commands.slice(index, said))
    }
    const reply = await wire.reply()
    const code = replyCode(reply)
    const isYes = code !== null && Math.trunc(code / 100) === positive
    if (!isYes && (code === null || code < 400)) throw strangeReply(wire.place, reply)
    return { reply, isYes }
  }
  const { accepted, refused } = progress
  const sender = await replyTo(0, 2)
  if (!sender.isYes) return sender.reply
  let last = sender.reply
  let full: RejectedRecipient | null = null
  for (const [index, address] of parcel.to.entries()) {
    // Whoever comes after one too many is not asked about in vain: a server counts that as mistakes, and hangs up.
    if (full !== null && index + 1 >= said) {
      refused.push({ ...full, address })
      continue
    }
    const { reply, isYes } = await replyTo(index + 1, 2)
    last = reply
    if (isYes) {
      accepted.push(address)
      continue
    }
    const refusal = rejection(address, reply, wire.place.mask)
    refused.push(refusal)
    if (accepted.length > 0 && isOneTooMany(refusal)) full = refusal
  }
  if (accepted.length === 0) return last
  const data = await replyTo(commands.length - 1, 3)
  if (!data.isYes) return data.reply
  await announce(parcel, context)
  return await handedOver(wire, parcel.bytes, progress)
}

/** Commands that are said before the first of their replies is read: what any server has room for (RFC 5321, section 4.5.3.1.8). */
const AT_ONCE = 100

/** Sends the message, and waits for the verdict. */
async function handedOver(wire: Wire, message: Buffer, progress: Progress): Promise<string | null> {
  for (const { octets, isLast } of mailData(message)) {
    if (wire.unread()) {
      // The last dot is not sent any more, so that a refusal is one; anything else cannot be meant for this mail.
      const early = wire.early()
      return early !== null && (replyCode(early) ?? 0) >= 400 ? early : null
    }
    const written = wire.write(octets)
    progress.dataBegun = true
    progress.dataSent = isLast
    await written
  }
  return await wire.reply(VERDICT)
}

/**
 * How long to wait for the answer to the last dot, in milliseconds: as RFC 5321, section 4.5.3.2.6 asks, for
 * whoever gives up sooner sends twice what was only slow. The signal ends it sooner.
 */
const VERDICT = 600_000
