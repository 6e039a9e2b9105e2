import { isAscii } from 'node:buffer'
import type { DsnRequest } from '../../mail.js'

/** The parameters of MAIL that ask for notifications (RFC 3461, sections 4.3 and 4.4). */
export function dsnOfMail(dsn: DsnRequest): readonly string[] {
  const ret = `RET=${dsn.return === 'full' ? 'FULL' : 'HDRS'}`
  return dsn.envelopeId === null ? [ret] : [ret, `ENVID=${xtext(dsn.envelopeId)}`]
}

/** The parameters of RCPT (RFC 3461, sections 4.1 and 4.2). */
export function dsnOfRecipient(dsn: DsnRequest, address: string): readonly string[] {
  const notify = `NOTIFY=${[dsn.notify].flat().join(',').toUpperCase()}`
  const original = originalRecipient(address)
  return original === null ? [notify] : [notify, `ORCPT=${original}`]
}

/**
 * The recipient as the sender knows it, by which notifications name it whatever it is forwarded to (RFC 3461, section
 * 4.2); null where that would be longer than may be. Non-ASCII addresses stand in the form that every server takes
 * (RFC 6533, section 3).
 */
function originalRecipient(address: string): string | null {
  const isPlain = isAscii(Buffer.from(address))
  const typed = isPlain ? `rfc822;${xtext(address)}` : `utf-8;${embedded(address)}`
  return typed.length > LONGEST ? null : typed
}

function embedded(address: string): string {
  return address.replace(
    /[^!-*,-<>-[\]-~]/gu,
    (character) => `\\x{${character.codePointAt(0)?.toString(16).toUpperCase().padStart(2, '0')}}`,
  )
}

/** RFC 3461, section 4: all but printable ASCII, and `+` and `=`, by two digits for each octet. */
function xtext(text: string): string {
  return Buffer.from(text)
    .toString('latin1')
    .replace(
      /[^!-*,-<>-~]/g,
      (octet) => `+${octet.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
    )
}

/** Characters; RFC 3461, section 4.2. */
const LONGEST = 500
