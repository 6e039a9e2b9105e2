import { isAscii } from 'node:buffer'
import type { DsnRequest } from '../../mail.js'
import type { Envelope } from './transaction.js'

/**
 * Puts the parameters of RFC 3461 into an envelope, as nodemailer reads them; it also writes them as xtext.
 *
 * nodemailer knows one original recipient for all, and would tell everyone's server of the first. So the envelope
 * answers for the recipient whose turn it is, and keeps its own answer when nodemailer puts its reading of it there.
 */
export function dsnParameters(envelope: Envelope, dsn: DsnRequest): void {
  const { to } = envelope
  const parameters = {
    ret: dsn.return === 'full' ? 'FULL' : 'HDRS',
    envid: dsn.envelopeId,
    notify: [dsn.notify].flat().join(',').toUpperCase(),
  }
  const asked = () => {
    const address = to[to.length - envelope.rcptQueue.length - 1]
    return { ...parameters, orcpt: address === undefined ? null : originalRecipient(address) }
  }
  Object.defineProperty(envelope, 'dsn', { get: asked, set: () => {}, enumerable: true })
}

/**
 * The recipient as the sender knows it, by which notifications name it whatever it is forwarded to (RFC 3461, section
 * 4.2); null where that would be longer than may be. Non-ASCII addresses stand in the form that every server takes
 * (RFC 6533, section 3).
 */
function originalRecipient(address: string): string | null {
  const typed = isAscii(Buffer.from(address)) ? `rfc822;${address}` : `utf-8;${embedded(address)}`
  return typed.length > LONGEST ? null : typed
}

function embedded(address: string): string {
  return address.replace(
    /[^!-*,-<>-[\]-~]/gu,
    (character) => `\\x{${character.codePointAt(0)?.toString(16).toUpperCase().padStart(2, '0')}}`,
  )
}

/** Characters; RFC 3461, section 4.2. */
const LONGEST = 500
