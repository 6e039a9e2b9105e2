/** Whether attached content may be called that: a media type other than a multipart, which has parts. */
export function isMediaType(text: string): boolean {
  return text.length <= LONGEST && MEDIA_TYPE.test(text) && !/^multipart\//i.test(text)
}

/**
 * The media type under which a file travels so that it arrives byte for byte and is not taken for a part of
 * this mail: a `message/*` part may not be in base64 (RFC 2046, section 5.2.1), and mail programs unfold
 * one in the reader's view. An attached mail is evidence, and goes as any other file.
 */
export function fileMediaType(mediaType: string): string {
  if (/^message\//i.test(mediaType)) return 'application/octet-stream'
  // The name is said once, by the attachment's own, which has been made safe.
  return mediaType.replace(NAME_PARAMETER, '')
}

const LONGEST = 200
const TOKEN = "[\\w!#$%&'*+.^`{|}~-]+"
const PARAMETER = `\\s*;\\s*${TOKEN}=(?:${TOKEN}|"[ !#-\\[\\]-~]*")`
// RFC 2045, section 5.1.
const MEDIA_TYPE = new RegExp(`^${TOKEN}/${TOKEN}(?:${PARAMETER})*$`)
const NAME_PARAMETER = /\s*;\s*name\*?(?:\d+\*?)?=(?:"[^"]*"|[^;\s]*)/gi
