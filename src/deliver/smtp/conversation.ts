import type { RejectedRecipient } from '../../mail.js'
import type { StageContext } from '../../pipeline.js'
import { announce, type Parcel } from '../handover.js'
import { isOneTooMany } from '../one-too-many.js'
import type { EnvelopeCommands } from './commands.js'
import { rejection, strangeReply } from './error.js'
import { mailData } from './mail-data.js'
import { type Offered, replyCode } from './reply.js'
import type { Wire } from './wire.js'

/** What a conversation is about. */
export interface Topic {
  readonly offered: Offered
  readonly commands: EnvelopeCommands
  readonly parcel: Parcel
  readonly context: StageContext
}

/** How far a conversation has come. */
export interface Progress {
  readonly accepted: string[]
  readonly refused: RejectedRecipient[]
  /** Whether an octet of the message was sent. */
  dataBegun: boolean
  /** Whether its last octet was sent: from then on, the server may have the mail. */
  dataSent: boolean
}

/**
 * What is said of a mail, from MAIL to the reply that decides about it: the last one, or the one that refuses all of it
 * before. Null where the server said something out of turn that cannot be believed.
 *
 * @throws IncidentMailerError what ended the connection; what keeps the mail back
 */
export async function conversation(
  wire: Wire,
  { offered, commands, parcel, context }: Topic,
  progress: Progress,
): Promise<string | null> {
  // With PIPELINING, many go out at once (RFC 2920, section 3.1).
  const atOnce = offered.extensions.includes('PIPELINING') ? AT_ONCE : 1
  const said = saying(wire, [commands.mail, ...commands.recipients, 'DATA'], atOnce)
  const sender = await said.replyTo(0, 2)
  if (!sender.isYes) return sender.reply
  const last = await askForRecipients(said, parcel.to, wire, progress)
  if (progress.accepted.length === 0) return last
  const data = await said.replyTo(parcel.to.length + 1, 3)
  if (!data.isYes) return data.reply
  await announce(parcel, context)
  return await handedOver(wire, parcel.bytes, progress)
}

/** Commands on their way. */
interface Said {
  /** Whether a command was said, by its place. */
  has(index: number): boolean
  /** The reply to a command, which is said now where it was not before; whether its first digit is that of a yes. */
  replyTo(index: number, yes: number): Promise<{ readonly reply: string; readonly isYes: boolean }>
}

function saying(wire: Wire, commands: readonly string[], atOnce: number): Said {
  let said = 0
  return {
    has: (index) => index < said,
    async replyTo(index, yes) {
      if (index >= said) {
        said = index + atOnce
        wire.say(...commands.slice(index, said))
      }
      const reply = await wire.reply()
      const code = replyCode(reply)
      const isYes = code !== null && Math.trunc(code / 100) === yes
      if (!isYes && (code === null || code < 400)) throw strangeReply(wire.place, reply)
      return { reply, isYes }
    },
  }
}

/** Asks for each recipient, whose commands are those behind the first. Gives the last reply. */
async function askForRecipients(
  said: Said,
  to: readonly string[],
  { place }: Wire,
  { accepted, refused }: Progress,
): Promise<string | null> {
  let last: string | null = null
  let full: RejectedRecipient | null = null
  for (const [index, address] of to.entries()) {
    // Whoever comes after one too many is not asked about in vain: a server counts that as mistakes, and hangs up.
    if (full !== null && !said.has(index + 1)) {
      refused.push({ ...full, address })
      continue
    }
    const { reply, isYes } = await said.replyTo(index + 1, 2)
    last = reply
    if (isYes) {
      accepted.push(address)
      continue
    }
    const refusal = rejection(address, reply, place.mask)
    refused.push(refusal)
    if (accepted.length > 0 && isOneTooMany(refusal)) full = refusal
  }
  return last
}

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

/** Commands that are said before the first of their replies is read: what any server has room for (RFC 5321, section 4.5.3.1.8). */
const AT_ONCE = 100

/**
 * How long to wait for the answer to the last dot, in milliseconds: as RFC 5321, section 4.5.3.2.6 asks, for
 * whoever gives up sooner sends twice what was only slow. The signal ends it sooner.
 */
const VERDICT = 600_000
