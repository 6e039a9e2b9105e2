import { messageOf } from '../../errors.js'
import { readFirstDer, tags } from '../encoding/der.js'
import { decodeBase64, isPem } from '../encoding/pem.js'
import { type Certificate, readCertificates, readWhole } from './certificate.js'

/**
 * The certificates in a file: PEM; DER, of which several may stand one behind the other, as an LDAP server hands
 * out the values of `userCertificate`; or LDIF with that attribute.
 *
 * @throws Error that says which of them cannot be read, and why
 */
export function readCertificateFile(bytes: Buffer): Certificate[] {
  // A text that begins with a 0 has no octet of a long DER length behind it.
  if (bytes[0] === tags.sequence && (bytes[1] ?? 0) > 0x80) return readAll(valuesOf(bytes))
  const text = bytes.toString('latin1')
  return isPem(text) ? readCertificates(text) : readAll(ldifValues(text))
}

function readAll(values: Iterable<Buffer>): Certificate[] {
  const certificates: Certificate[] = []
  try {
    for (const value of values) certificates.push(readWhole(value))
  } catch (cause) {
    const which = certificates.length > 0 ? `certificate ${certificates.length + 1} cannot be read: ` : ''
    throw new Error(`${which}${messageOf(cause)}`, { cause })
  }
  return certificates
}

function* valuesOf(bytes: Buffer): Generator<Buffer> {
  for (let rest = bytes; rest.length > 0; ) {
    const { length } = firstValue(rest)
    yield rest.subarray(0, length)
    rest = rest.subarray(length)
  }
}

/** The first value; all there is where it is damaged, about which reading it as a certificate will complain. */
function firstValue(bytes: Buffer): Buffer {
  try {
    return readFirstDer(bytes).raw
  } catch {
    return bytes
  }
}

/** The base64 values of certificates in LDIF (RFC 2849), whose long lines go on behind a space. */
function* ldifValues(text: string): Generator<Buffer> {
  for (const [, base64 = ''] of text.replace(/\r?\n /g, '').matchAll(CERTIFICATE_VALUE)) {
    const value = decodeBase64(base64)
    if (!value) throw new Error('a value of userCertificate is not base64; export it again')
    yield value
  }
}

/** The attributes of RFC 4523, sections 4.1 and 4.2. */
const CERTIFICATE_VALUE = /^(?:userCertificate|cACertificate)(?:;binary)?::(.*)$/gim
