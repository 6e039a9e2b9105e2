import type { HeaderField, MimeEntity, MimeMail } from './mail.js'

/** Bytes in order: all of them in memory, or read as they are asked for. */
export type Chunks = readonly Uint8Array[] | AsyncIterable<Uint8Array>

/** Header fields as they stand on the wire, without the empty line that ends them. */
export function headerBytes(fields: readonly HeaderField[]): Buffer {
  return Buffer.concat(
    fields.map(({ name, value, written }) => written ?? Buffer.from(`${name}: ${value}\r\n`)),
  )
}

/**
 * An entity's bytes, chunk by chunk: what a signature covers and what encryption hides (RFC 8551, section 3.1).
 * An array where its body is one.
 */
export function entityChunks(entity: MimeEntity): Chunks {
  return chunksOf(entity.headers, entity)
}

/** A whole message's bytes (RFC 5322): the mail's own fields, then one delivery's entity. */
export async function messageBytes(mail: Pick<MimeMail, 'headers'>, entity: MimeEntity): Promise<Buffer> {
  return await joined(chunksOf([...mail.headers, ...entity.headers], entity))
}

/**
 * The same, chunk by chunk, for a mail that is too large to be held in memory. Each call opens the body anew.
 *
 * @example
 * ```ts
 * import { createWriteStream } from 'node:fs'
 * import { pipeline } from 'node:stream/promises'
 * import { messageStream } from 'incident-mailer'
 *
 * for (const { entity } of mail.deliveries) {
 *   await pipeline(messageStream(mail, entity), createWriteStream('mail.eml'))
 * }
 * ```
 */
export async function* messageStream(
  mail: Pick<MimeMail, 'headers'>,
  entity: MimeEntity,
): AsyncGenerator<Uint8Array> {
  yield* chunksOf([...mail.headers, ...entity.headers], entity)
}

/** How many octets a whole message has. */
export async function messageSize(mail: Pick<MimeMail, 'headers'>, entity: MimeEntity): Promise<number> {
  let size = headerBytes([...mail.headers, ...entity.headers]).length + CRLF.length
  for await (const chunk of entity.body()) size += chunk.length
  return size
}

/** An entity whose body is in memory. */
export function entityOf(headers: readonly HeaderField[], body: Uint8Array): MimeEntity {
  return { headers, body: () => [body] }
}

/** All chunks as one. */
export async function joined(chunks: Chunks): Promise<Buffer> {
  if (isInMemory(chunks)) return Buffer.concat(chunks)
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk)
  return Buffer.concat(all)
}

/** Whether chunks are in memory already. */
export function isInMemory(chunks: Chunks | Iterable<Uint8Array>): chunks is readonly Uint8Array[] {
  return Array.isArray(chunks)
}

function chunksOf(fields: readonly HeaderField[], { body }: MimeEntity): Chunks {
  const head = Buffer.concat([headerBytes(fields), CRLF])
  const chunks = body()
  return isInMemory(chunks) ? [head, ...chunks] : following(head, chunks)
}

async function* following(
  head: Buffer,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield head
  yield* chunks
}

const CRLF = Buffer.from('\r\n')
