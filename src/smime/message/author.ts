import type { MimeMail } from '../../mail.js'
import { comparableAddress } from '../certificates/certificate.js'

/** The addresses in the From field, which a reader compares with the certificate (RFC 8550, section 3). */
export function authorAddresses({ headers, sender }: Pick<MimeMail, 'headers' | 'sender'>): string[] {
  const field = headers.find(({ name }) => name.toLowerCase() === 'from')
  if (!field) return [comparableAddress(sender)]
  // Quoted names may hold anything, also what looks like an address.
  const value = field.value.replace(/"(?:[^"\\]|\\.)*"(?!@)/g, '')
  const bracketed = [...value.matchAll(/<([^<>]*)>/g)].map(([, address = '']) => address)
  const addresses = bracketed.length > 0 ? bracketed : value.split(',')
  return addresses.map((address) => comparableAddress(address.trim()))
}
