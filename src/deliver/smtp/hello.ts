import { isIPv6, type Socket } from 'node:net'
import { hostname } from 'node:os'
import { refusedBy, strangeReply } from './error.js'
import { NOTHING_OFFERED, type Offered, parseOffered, replyCode } from './reply.js'
import { NO_STARTTLS } from './tls-error.js'
import type { Wire } from './wire.js'

/**
 * Waits for the greeting (RFC 5321, section 3.1).
 *
 * @throws IncidentMailerError `CONNECTION_FAILED` where the server turns the connection away, `PROTOCOL_ERROR`
 */
export async function greeted(wire: Wire): Promise<void> {
  const greeting = await wire.reply()
  const code = replyCode(greeting)
  if (code === 220) return
  throw code !== null && code >= 400 ? turnedAway(wire, greeting) : strangeReply(wire.place, greeting)
}

/**
 * Says hello, by EHLO where the server knows it, else by HELO, which offers nothing (RFC 5321, section 3.2).
 *
 * @throws IncidentMailerError `CONNECTION_FAILED` where the server turns the connection away, `PROTOCOL_ERROR`
 */
export async function hello(wire: Wire, name: string): Promise<Offered> {
  wire.say(`EHLO ${name}`)
  const reply = await wire.reply()
  const code = replyCode(reply)
  if (code === 250) return parseOffered(reply)
  if (code === null || code < 400) throw strangeReply(wire.place, reply)
  // RFC 5321, section 3.8: it is about to close.
  if (code === 421) throw turnedAway(wire, reply)
  wire.say(`HELO ${name}`)
  const second = await wire.reply()
  const verdict = replyCode(second)
  if (verdict === 250) return NOTHING_OFFERED
  throw verdict === null || verdict < 400 ? strangeReply(wire.place, second) : turnedAway(wire, second)
}

/**
 * Asks for TLS (RFC 3207). After it, everything the server said before is to be forgotten.
 *
 * @throws IncidentMailerError `TLS_FAILED` where the server does not begin with it
 */
export async function askForTls(wire: Wire, { extensions }: Offered): Promise<void> {
  if (!extensions.includes('STARTTLS'))
    throw refusedBy(wire.place, undefined, {
      code: 'TLS_FAILED',
      says: 'does not offer STARTTLS',
      advice: NO_STARTTLS,
    })
  wire.say('STARTTLS')
  const reply = await wire.reply()
  const code = replyCode(reply)
  if (code === 220) return
  if (code === null || code < 400) throw strangeReply(wire.place, reply)
  throw refusedBy(wire.place, reply, { code: 'TLS_FAILED', says: 'does not start TLS', advice: NO_STARTTLS })
}

/** The name to introduce this machine by: its own where it has a whole one, else its address (RFC 5321, section 4.1.3). */
export function nameOfMachine({ localAddress = '127.0.0.1' }: Partial<Socket>, name = hostname()): string {
  if (/^[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(name) && !/^[\d.]+$/.test(name)) return name
  return isIPv6(localAddress) ? `[IPv6:${localAddress.replace(/%.*/, '')}]` : `[${localAddress}]`
}

function turnedAway({ place }: Wire, reply: string) {
  return refusedBy(place, reply, { code: 'CONNECTION_FAILED', says: 'turned the connection away' })
}
