import { authority } from '../../network/authority.js'
import { type StageContext, throwIfAborted } from '../../pipeline.js'
import { stopped } from '../../until-aborted.js'
import type { Carrier, Parcel } from '../handover.js'
import { openSession, type SmtpSession } from './session.js'
import { type SmtpSettings, smtpWarnings } from './settings.js'
import type { Transaction } from './transaction.js'

/**
 * Carries mail by SMTP, over connections that are used again: over TLS a new one costs far more than the
 * mail. A pool of our own rather than nodemailer's, which by itself sends a mail again when a connection
 * breaks, also when the server may have it.
 */
export function smtpCarrier(settings: SmtpSettings): Carrier {
  const { maxConnections, maxMessages } = settings
  const idle: Idle[] = []
  const waiting: (() => void)[] = []
  /** Connections that say good-bye. */
  const ending = new Set<Promise<void>>()
  /** The places that are taken: by mails, and by connections that are not closed yet. */
  let busy = 0

  /** Waits for a place among the connections. */
  const enter = async (signal: AbortSignal | undefined): Promise<void> => {
    throwIfAborted(signal)
    if (busy >= maxConnections) await turn(waiting, settings, signal)
    else busy++
  }

  /** Gives the place to the next in line. */
  const leave = (): void => {
    const next = busy > maxConnections ? undefined : waiting.shift()
    if (next) next()
    else busy--
  }

  const reused = (): Used | undefined => {
    for (let spare = idle.pop(); spare; spare = idle.pop()) {
      clearTimeout(spare.timer)
      if (!spare.session.usable()) {
        spare.session.destroy()
        continue
      }
      spare.session.socket.ref()
      return spare
    }
    return undefined
  }

  const fresh = async ({ signal, logger }: StageContext): Promise<Used> => {
    const session = await openSession(settings, signal)
    try {
      await session.authenticate(signal)
    } catch (error) {
      session.destroy()
      throw error
    }
    const { host, port } = settings
    logger?.debug({ host, port, secure: 'encrypted' in session.socket }, 'connected to the mail server')
    return { session, messages: 0 }
  }

  /** Says good-bye. Until the connection is closed, it is one of those that may be open at once. */
  const retire = (session: SmtpSession): void => {
    session.socket.ref()
    busy++
    const end = session.end().finally(() => {
      ending.delete(end)
      leave()
    })
    ending.add(end)
  }

  /** Keeps a connection for the next mail, or says good-bye. */
  const putBack = ({ session, messages }: Used): void => {
    if (!session.usable()) {
      session.destroy()
      return
    }
    if (messages >= maxMessages) {
      retire(session)
      return
    }
    // An idle connection does not keep the process from ending.
    session.socket.unref()
    const timer = setTimeout(() => {
      idle.splice(idle.indexOf(spare), 1)
      retire(session)
    }, IDLE).unref()
    const spare: Idle = { session, messages, timer }
    idle.push(spare)
  }

  const transfer = async (used: Used, parcel: Parcel, context: StageContext): Promise<Transaction> => {
    try {
      return await used.session.send(parcel, context)
    } finally {
      putBack({ session: used.session, messages: used.messages + 1 })
    }
  }

  return {
    warnings: smtpWarnings(settings),
    async send(parcel, context) {
      await enter(context.signal)
      try {
        const spare = reused()
        if (spare) {
          const handover = await transfer(spare, parcel, context)
          if (!wasStale(handover)) return handover
          context.logger?.debug(
            { messageId: parcel.messageId },
            'the idle connection was dead; opening a new one',
          )
        }
        return await transfer(await fresh(context), parcel, context)
      } finally {
        leave()
      }
    },
    async close() {
      for (const { session, timer } of idle.splice(0)) {
        clearTimeout(timer)
        retire(session)
      }
      await Promise.all(ending)
    },
  }
}

interface Used {
  readonly session: SmtpSession
  /** How many mails it carried. */
  readonly messages: number
}

interface Idle extends Used {
  readonly timer: NodeJS.Timeout
}

/**
 * Whether an idle connection turned out to be closed: not an octet of the mail was sent, and no word said
 * about it but good-bye (RFC 5321, section 3.8), so that another connection may take it.
 */
function wasStale({ dataBegun, failure, rejected }: Transaction): boolean {
  const saidGoodBye = rejected.length > 0 && rejected.every(({ code }) => code === 421)
  const saidNothing = failure?.code === 'CONNECTION_FAILED' && rejected.every(({ code }) => code === null)
  return !dataBegun && (saidGoodBye || saidNothing)
}

/** Stands in line. */
function turn(
  waiting: (() => void)[],
  settings: SmtpSettings,
  signal: AbortSignal | undefined,
): Promise<void> {
  const since = performance.now()
  const awaited = `free connection to ${authority(settings)} (of transport.maxConnections: ${settings.maxConnections})`
  return new Promise((resolve, reject) => {
    const proceed = () => {
      signal?.removeEventListener('abort', giveUp)
      resolve()
    }
    const giveUp = () => {
      waiting.splice(waiting.indexOf(proceed), 1)
      if (signal) reject(stopped(signal, { awaited, since }))
    }
    signal?.addEventListener('abort', giveUp, { once: true })
    waiting.push(proceed)
  })
}

/** How long an unused connection is kept, in milliseconds: less than servers keep it (RFC 5321, section 4.5.3.2.7). */
const IDLE = 60_000
