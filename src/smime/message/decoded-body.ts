import type { Bytes } from '../encoding/bytes.js'
import type { Workspace } from '../encoding/workspace.js'
import { fromQuotedPrintable } from './content-of.js'
import type { ReadEntity } from './read-entity.js'
import { fieldsNamed } from './read-header.js'

/** The body without its transfer encoding (RFC 2045, section 6); in an encoding that does not exist, as it is. */
export async function decodedBody({ fields, body }: ReadEntity, workspace: Workspace): Promise<Bytes> {
  const encoding = fieldsNamed(fields, 'content-transfer-encoding')[0]?.value.toLowerCase()
  if (encoding === 'base64') return await workspace.keep(ofBase64(body))
  if (encoding === 'quoted-printable') return await workspace.keep(ofQuotedPrintable(body))
  return body
}

/**
 * Section 6.8, as Node reads it: what is not of the alphabet is passed over, also that of base64url is known, and the
 * first `=` is the end.
 */
async function* ofBase64(body: Bytes): AsyncGenerator<Buffer> {
  let rest = ''
  let left = body.length
  for await (const chunk of body.chunks()) {
    left -= chunk.length
    const padding = chunk.indexOf('=')
    if (padding >= 0 || left === 0) {
      yield Buffer.from(rest + chunk.toString('latin1', 0, padding < 0 ? chunk.length : padding), 'base64')
      return
    }
    // Four letters are three octets. Node passes over line breaks faster than they are taken out here.
    const count = rest.length + lettersIn(chunk)
    const cut = count < 4 ? 0 : beforeLastLetters(chunk, count % 4)
    if (cut > 0) {
      yield Buffer.from(rest + chunk.toString('latin1', 0, cut), 'base64')
      rest = ''
    }
    rest += chunk.toString('latin1', cut).replace(/[^A-Za-z0-9+/_-]+/g, '')
  }
}

const isLetter = new Uint8Array(256)
for (const letter of Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_'))
  isLetter[letter] = 1

function lettersIn(chunk: Buffer): number {
  let count = 0
  for (let at = 0; at < chunk.length; at++) count += isLetter[chunk[at] ?? 0] ?? 0
  return count
}

/** Where the last letters of a chunk begin, which has at least so many. */
function beforeLastLetters(chunk: Buffer, count: number): number {
  let at = chunk.length
  for (let left = count; left > 0; ) left -= isLetter[chunk[--at] ?? 0] ?? 0
  return at
}

/** In characters. A line has 76. */
const longestLine = 1024 * 1024

async function* ofQuotedPrintable(body: Bytes): AsyncGenerator<Buffer> {
  let rest = ''
  for await (const chunk of body.chunks()) {
    const text = rest + chunk.toString('latin1')
    const cut = lastCut(text)
    yield Buffer.from(fromQuotedPrintable(text.slice(0, cut)), 'latin1')
    rest = text.slice(cut)
    if (rest.length > longestLine) throw new Error('its lines are longer than can be meant')
  }
  yield Buffer.from(fromQuotedPrintable(rest), 'latin1')
}

/** Behind the last line that ends where no encoded octet goes on in the next. */
function lastCut(text: string): number {
  for (let feed = text.lastIndexOf('\n'); feed > 0; feed = text.lastIndexOf('\n', feed - 1)) {
    const line = text.slice(Math.max(0, feed - 80), feed).trimEnd()
    if (/(?:[^=]|[^=\r\n][^=\r\n]=)$/.test(line)) return feed + 1
  }
  return 0
}
