/** The CMS structure in a message whose body is one base64 part. */
export function cmsOf(message: Buffer): Buffer {
  const body = message.subarray(message.indexOf('\r\n\r\n') + 4)
  return Buffer.from(body.toString('latin1'), 'base64')
}

/**
 * Takes a multipart/signed message apart as RFC 1847, section 2.1 has it: the content to the last octet before
 * the CRLF that belongs to the boundary, and the signature.
 */
export function takeApart(message: Buffer): { content: Buffer; signature: Buffer } {
  const header = message.subarray(0, message.indexOf('\r\n\r\n')).toString('latin1')
  const boundary = /boundary="([^"]+)"/.exec(header)?.[1]
  if (!boundary) throw new Error('the message is not multipart/signed')
  const first = message.indexOf(`\r\n--${boundary}\r\n`)
  const contentStart = first + boundary.length + 6
  const second = message.indexOf(`\r\n--${boundary}\r\n`, contentStart)
  const end = message.indexOf(`\r\n--${boundary}--`, second)
  if (first < 0 || second < 0 || end < 0) throw new Error('the message has not two parts')
  return {
    content: message.subarray(contentStart, second),
    signature: cmsOf(message.subarray(second + boundary.length + 6, end)),
  }
}

/** Whether a message's signature stands beside its content; else it is around it. */
export function isDetached(message: Buffer): boolean {
  return /^Content-Type: multipart\/signed/im.test(
    message.subarray(0, message.indexOf('\r\n\r\n')).toString('latin1'),
  )
}
