/**
 * What we take from nodemailer: its encoded words and its table of media types.
 *
 * The tree itself is written in `mime-tree.ts`. nodemailer writes one through streams, leaves ASCII parts
 * 7bit with whatever line ends they came with (which a server repairs, and so breaks a signature), and
 * gives `message/rfc822` parts an encoding that keeps no byte safe.
 */
import { detectExtension, detectMimeType, encodeWord } from 'nodemailer/lib/mime-funcs'

/**
 * Text as encoded words (RFC 2047), with spaces between, each at most `longest` characters and of whole
 * characters only. Mostly Latin text stays half readable in Q; the rest is shorter in B.
 */
export function encodedWords(text: string, longest: number): string {
  const bytes = Buffer.byteLength(text)
  const literal = text.replace(/[^A-Za-z0-9 !*+\-/]/g, '').length
  const shorterInQ = literal + (bytes - literal) * 3 <= bytes * 1.8
  return encodeWord(text, shorterInQ ? 'Q' : 'B', longest)
}

/** The media type that a file name's ending stands for; `application/octet-stream` where it says nothing. */
export function mediaTypeOf(fileName: string): string {
  return fileName.includes('.') ? detectMimeType(fileName) : 'application/octet-stream'
}

/** The usual ending of a media type's files, without the dot; `bin` where there is none. */
export function fileEndingOf(mediaType: string): string {
  return detectExtension(mediaType.split(';')[0])
}
