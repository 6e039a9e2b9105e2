import {
  authority,
  openssl,
  person,
  type TestCertificate,
  temporaryFile,
} from '../../certificates/certificates.js'

/** What openssl's messages hold, in canonical CRLF. */
export const entity = 'Content-Type: text/plain; charset=utf-8\r\n\r\nAll is quiet.\r\n'

/** A message's own header. */
export const header =
  'From: Alice <alice@example.com>\r\nTo: bob@example.com\r\nSubject: News\r\nDate: Thu, 01 Jan 2026 12:00:00 +0000\r\nMIME-Version: 1.0\r\n'

export const alice = () => person('alice@example.com')
export const bob = () => person('bob@example.com')

/** A file with the authority that issued everybody's certificate. */
export const trust = () => authority().certificate

/** An entity that openssl signed, with its Content-* fields. */
export function signedBy(
  signers: readonly TestCertificate[],
  content: string | Buffer = entity,
  ...options: string[]
): Buffer {
  const keys = signers.flatMap(({ certificate, key }) => ['-signer', certificate, '-inkey', key])
  const file = temporaryFile('content', content)
  return openssl(['cms', '-sign', '-binary', '-in', file, '-crlfeol', ...keys, ...options])
}

/** An entity that openssl encrypted. */
export function encryptedFor(
  recipients: readonly TestCertificate[],
  content: string | Buffer = entity,
  ...options: string[]
): Buffer {
  const file = temporaryFile('content', content)
  const algorithm = options.some((option) => /^-(?:aes|des)/.test(option)) ? [] : ['-aes256']
  return openssl([
    ...['cms', '-encrypt', '-binary', '-crlfeol', '-in', file, ...algorithm, ...options],
    ...recipients.map(({ certificate }) => certificate),
  ])
}

/** A message from Alice around an entity. */
export function messageOf(entityBytes: string | Buffer, ownHeader = header): Buffer {
  const bytes = Buffer.from(entityBytes)
  const text = bytes.toString('latin1').replace(/^MIME-Version: 1\.0\r\n/i, '')
  return Buffer.concat([Buffer.from(ownHeader), Buffer.from(text, 'latin1')])
}

/** Who reads with this one's key. */
export function identityOf({ certificate, key }: TestCertificate) {
  return { certificate, privateKey: key }
}

/** The codes of reasons, for those that do more than note. */
export function codesOf({
  reasons,
}: {
  readonly reasons: readonly { readonly code: string; readonly effect: string }[]
}) {
  return reasons.filter(({ effect }) => effect !== 'noted').map(({ code }) => code)
}
