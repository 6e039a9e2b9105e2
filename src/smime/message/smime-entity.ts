import { randomUUID } from 'node:crypto'
import { encodeBase64Lines, encodeChunksInBase64Lines, type SizedChunks } from '../../base64-lines.js'
import type { HeaderField, MimeEntity } from '../../mail.js'
import type { Chunks } from '../../mime.js'
import type { SignatureHash } from '../cms/signature-algorithm.js'
import { surrounded } from '../encoding/surrounded.js'
import { base64Stream } from './base64-stream.js'

/** An entity's content, opened again and again. */
export type OpenContent = () => Chunks

/** An entity and its detached signature, as multipart/signed (RFC 8551, section 3.5.3). */
export function signedEntity(
  content: OpenContent,
  signature: Buffer,
  hashes: readonly SignatureHash[],
): MimeEntity {
  const boundary = `signed-${randomUUID()}`
  // RFC 8551, section 3.5.3.2; of several signers' with a comma between.
  const algorithms = hashes.map((hash) => hash.replace('sha', 'sha-')).join(',')
  const micalg = hashes.length > 1 ? `"${algorithms}"` : algorithms
  const contentType = `multipart/signed; protocol="application/pkcs7-signature";\r\n micalg=${micalg}; boundary="${boundary}"`
  const start = Buffer.from(
    `This is a message in MIME format, signed with S/MIME.\r\n\r\n--${boundary}\r\n`,
    'latin1',
  )
  const end = Buffer.concat([
    Buffer.from(`\r\n--${boundary}\r\n${signaturePart}\r\n`, 'latin1'),
    encodeBase64Lines(signature),
    Buffer.from(`\r\n--${boundary}--\r\n`, 'latin1'),
  ])
  return {
    headers: [{ name: 'Content-Type', value: contentType }],
    body: () => surrounded(start, content(), end),
  }
}

const signaturePart = fieldLines([
  { name: 'Content-Type', value: 'application/pkcs7-signature; name="smime.p7s"' },
  { name: 'Content-Transfer-Encoding', value: 'base64' },
  { name: 'Content-Disposition', value: 'attachment; filename="smime.p7s"' },
  { name: 'Content-Description', value: 'S/MIME signature' },
])

/** What an application/pkcs7-mime entity carries (RFC 8551, section 3.2.2). */
export type CmsType = 'signed-data' | 'enveloped-data' | 'authEnveloped-data'

const descriptions: Readonly<Record<CmsType, string>> = {
  'signed-data': 'S/MIME signed message',
  'enveloped-data': 'S/MIME encrypted message',
  'authEnveloped-data': 'S/MIME encrypted message',
}

/**
 * A CMS structure as the entity that carries it (RFC 8551, section 3.2): one in memory, or one that is opened
 * again and again.
 */
export function cmsEntity(type: CmsType, structure: SizedChunks | OpenContent): MimeEntity {
  const body =
    typeof structure === 'function'
      ? () => base64Stream(structure())
      : always([encodeChunksInBase64Lines(structure)])
  return {
    headers: [
      {
        name: 'Content-Type',
        value: `application/pkcs7-mime; smime-type=${type};\r\n name="smime.p7m"`,
      },
      { name: 'Content-Transfer-Encoding', value: 'base64' },
      { name: 'Content-Disposition', value: 'attachment; filename="smime.p7m"' },
      { name: 'Content-Description', value: descriptions[type] },
    ],
    body,
  }
}

function always<T>(value: T): () => T {
  return () => value
}

function fieldLines(fields: readonly HeaderField[]): string {
  return fields.map(({ name, value }) => `${name}: ${value}\r\n`).join('')
}
