import { IncidentMailerError } from '../errors.js'

/** An error about one key of the transport; never with its value, which may be a secret. */
export function invalidTransport(key: string, message: string): IncidentMailerError {
  const field = `transport.${key}`
  return new IncidentMailerError('INVALID_CONFIG', `${field} ${message}`, { stage: 'config', field })
}
