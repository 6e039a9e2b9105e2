import type { ErrorCode } from '../../error-codes.js'
import { printable } from '../../printable.js'

/** What is to be said of a failure, after the server's name. */
export interface Diagnosis {
  readonly code: ErrorCode
  readonly says: string
  readonly advice?: string
  readonly temporary: boolean
}

/**
 * What went wrong with TLS. OpenSSL's own words are left to the cause: they tell more to its authors.
 *
 * @param implicit - whether TLS was to be spoken from the first octet
 */
export function tlsDiagnosis(
  error: Error & { readonly code?: string },
  original: string,
  implicit: boolean,
): Diagnosis {
  const failed = (says: string, advice: string, temporary = false): Diagnosis => ({
    code: 'TLS_FAILED',
    says,
    advice,
    temporary,
  })
  const certificate = Object.entries(CERTIFICATES).find(([pattern]) =>
    new RegExp(pattern).test(original),
  )?.[1]
  if (certificate) return failed(certificate.says + namesIn(error), certificate.advice)
  // A handshake that was cut or took too long is a matter of the network; one that failed, of the settings.
  if (error.code === 'ETIMEDOUT' || /closed|disconnected|ECONNRESET/.test(error.message))
    return failed('broke off the TLS handshake', CHECK, true)
  const words = `${original} ${error.message}`
  if (implicit && PLAINTEXT.test(words))
    return failed('does not speak TLS on this port', 'try transport.tls: starttls')
  const handshake = Object.entries(HANDSHAKES).find(([pattern]) => new RegExp(pattern, 'i').test(words))?.[1]
  return handshake ? failed(handshake.says, handshake.advice) : failed('did not agree on TLS', CHECK)
}

/** The names in the certificate, which Node gives along where none of them is the server's. */
function namesIn(error: Error & { readonly cert?: { readonly subjectaltname?: unknown } }): string {
  const names = error.cert?.subjectaltname
  if (typeof names !== 'string') return ''
  const all = names.split(', ').map((name) => name.replace(/^(?:DNS|IP Address):/, ''))
  const more = all.length > SHOWN ? ` and ${all.length - SHOWN} more` : ''
  return `, ${printable(all.slice(0, SHOWN).join(', '))}${more}`
}

/** How many names of a certificate a message tells. */
const SHOWN = 5

/** The codes of Node and OpenSSL for a handshake or a certificate that failed. */
export const TLS_TROUBLE =
  /^(?:ERR_TLS|ERR_SSL|ERR_OSSL|EPROTO$)|CERT|ISSUER|SIGNATURE|CRL|INVALID_CA|INVALID_PURPOSE|HOSTNAME/

/** What helps where a server does not start TLS. */
export const NO_STARTTLS =
  "someone on the way may have removed it; a server without TLS needs transport.tls: 'none'"

const CHECK = 'check transport.tls and transport.port'

/** What OpenSSL makes of a server that sends its greeting in the clear. */
const PLAINTEXT =
  /wrong.version.number|packet.length.too.long|http.request|unknown.protocol|record.layer.failure/i

/** What OpenSSL says of other handshakes that fail on any day. */
const HANDSHAKES: Readonly<Record<string, { says: string; advice: string }>> = {
  'unsupported.protocol|protocol.version|handshake.failure|no.shared.cipher|no.protocols.available': {
    says: 'knows no TLS version or cipher that this machine allows',
    advice: 'it needs TLS 1.2 or later',
  },
  'certificate.required|alert.bad.certificate|alert.unknown.ca': {
    says: 'wants a client certificate',
    advice: 'give transport.certificateFile and keyFile, or use another port',
  },
}

const CERTIFICATES: Readonly<Record<string, { says: string; advice: string }>> = {
  CERT_HAS_EXPIRED: { says: 'shows an expired certificate', advice: 'it has to be renewed there' },
  CERT_NOT_YET_VALID: { says: 'shows a certificate of the future', advice: 'check the clocks' },
  ALTNAME_INVALID: {
    says: 'shows a certificate for another name',
    advice: 'use the name in the certificate as the host in transport',
  },
  'SELF_SIGNED|UNABLE_TO|ISSUER|UNTRUSTED': {
    says: 'shows a certificate that no trusted authority vouches for',
    advice: "name its authority's PEM file in transport.caFile",
  },
}
