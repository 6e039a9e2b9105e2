import { isIPv6 } from 'node:net'

/** Where a server is reached. */
export interface HostAndPort {
  readonly host: string
  readonly port: number
}

/** `mail.example.com:587`, `[2001:db8::1]:25` (RFC 3986, section 3.2). */
export function authority({ host, port }: HostAndPort): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`
}
