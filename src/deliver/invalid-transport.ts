import type { IncidentMailerError } from '../errors.js'
import { invalidOption } from '../options.js'

/** An error about one key of the transport; never with its value, which may be a secret. */
export function invalidTransport(key: string, message: string): IncidentMailerError {
  const field = `transport.${key}`
  return invalidOption(field, `${field} ${message}`)
}
