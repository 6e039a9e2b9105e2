import { IncidentMailerError } from '../../errors.js'
import { type StageContext, throwIfAborted } from '../../pipeline.js'
import { dsnUnsupported } from '../dsn.js'
import { type Handover, type Parcel, rejectedBy } from '../handover.js'
import { envelopeCommands } from './commands.js'
import { conversation, type Progress } from './conversation.js'
import { oversized, rejection } from './error.js'
import { type Offered, replyCode, replyLine } from './reply.js'
import type { Wire } from './wire.js'

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
      conversation(wire, { offered, commands, parcel, context }, progress),
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
