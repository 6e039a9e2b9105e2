/**
 * Where log lines go: the shape of pino, which nodemailer takes as well. Every method gets the facts first
 * and a sentence second.
 */
export interface Logger {
  debug(facts: object, message?: string): void
  info(facts: object, message?: string): void
  warn(facts: object, message?: string): void
  error(facts: object, message?: string): void
}

/**
 * An address as a log may show it: enough to recognise, too little to harvest.
 *
 * `alice@example.com` becomes `a***@example.com`.
 */
export function maskAddress(address: string): string {
  const at = address.lastIndexOf('@')
  return at < 1 ? '***' : `${address.slice(0, 1)}***${address.slice(at)}`
}

/**
 * A text of others, a path or an error's message, as a log may show it: whatever looks like an address is masked.
 *
 * `/certificates/alice@example.com.pem` becomes `/certificates/a***@example.com.pem`.
 */
export function maskAddresses(text: string): string {
  return text.replace(/[^\s/\\<>()"':;,@]{1,128}(?=@)/g, (local) => `${local.slice(0, 1)}***`)
}
