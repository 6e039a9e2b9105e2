import { randomUUID } from 'node:crypto'
import type { HeaderField, MimeEntity } from '../../mail.js'
import { entityOf } from '../../mime.js'

/** An entity and its detached signature, as multipart/signed (RFC 8551, section 3.5.3). */
export function signedEntity(content: Buffer, signature: Buffer): MimeEntity {
  const boundary = `signed-${randomUUID()}`
  const signaturePart = fieldLines([
    { name: 'Content-Type', value: 'application/pkcs7-signature; name="smime.p7s"' },
    { name: 'Content-Transfer-Encoding', value: 'base64' },
    { name: 'Content-Disposition', value: 'attachment; filename="smime.p7s"' },
    { name: 'Content-Description', value: 'S/MIME signature' },
  ])
  const contentType = `multipart/signed; protocol="application/pkcs7-signature";\r\n micalg=sha-256; boundary="${boundary}"`
  const start = `This is a message in MIME format, signed with S/MIME.\r\n\r\n--${boundary}\r\n`
  const end = `\r\n--${boundary}\r\n${signaturePart}\r\n${base64Lines(signature)}\r\n--${boundary}--\r\n`
  const body = [Buffer.from(start), content, Buffer.from(end)]
  return { headers: [{ name: 'Content-Type', value: contentType }], body: () => body }
}

/** An EnvelopedData as the entity that carries it (RFC 8551, section 3.3). */
export function envelopedEntity(envelopedData: Buffer): MimeEntity {
  return entityOf(
    [
      {
        name: 'Content-Type',
        value: 'application/pkcs7-mime; smime-type=enveloped-data;\r\n name="smime.p7m"',
      },
      { name: 'Content-Transfer-Encoding', value: 'base64' },
      { name: 'Content-Disposition', value: 'attachment; filename="smime.p7m"' },
      { name: 'Content-Description', value: 'S/MIME encrypted message' },
    ],
    Buffer.from(base64Lines(envelopedData), 'latin1'),
  )
}

function fieldLines(fields: readonly HeaderField[]): string {
  return fields.map(({ name, value }) => `${name}: ${value}\r\n`).join('')
}

/** Base64 in lines of 76 characters (RFC 2045, section 6.8), each ended. */
function base64Lines(bytes: Buffer): string {
  const base64 = bytes.toString('base64')
  let lines = ''
  for (let start = 0; start < base64.length; start += 76) lines += `${base64.slice(start, start + 76)}\r\n`
  return lines
}
