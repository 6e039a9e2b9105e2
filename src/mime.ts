import type { HeaderField, MimeEntity, MimeMail } from './mail.js'

/** Header fields as they stand on the wire, without the empty line that ends them. */
export function headerBytes(fields: readonly HeaderField[]): Buffer {
  return Buffer.from(fields.map(({ name, value }) => `${name}: ${value}\r\n`).join(''))
}

/** An entity's bytes: what a signature covers and what encryption hides (RFC 8551, section 3.1). */
export async function entityBytes(entity: MimeEntity): Promise<Buffer> {
  return await assemble(headerBytes(entity.headers), entity)
}

/** A whole message's bytes (RFC 5322): the mail's own fields, then one delivery's entity. */
export async function messageBytes(mail: Pick<MimeMail, 'headers'>, entity: MimeEntity): Promise<Buffer> {
  return await assemble(headerBytes([...mail.headers, ...entity.headers]), entity)
}

/** An entity whose body is in memory. */
export function entityOf(headers: readonly HeaderField[], body: Uint8Array): MimeEntity {
  return { headers, body: () => [body] }
}

async function assemble(header: Buffer, entity: MimeEntity): Promise<Buffer> {
  const chunks: Uint8Array[] = [header, CRLF]
  for await (const chunk of entity.body()) chunks.push(chunk)
  return Buffer.concat(chunks)
}

const CRLF = Buffer.from('\r\n')
