/** Microsoft's limit of a request, in octets. */
export const LARGEST_REQUEST = 4 * 1024 * 1024

/** Whether a message is more than Graph takes at once: it travels in base64. */
export function isTooLarge({ length }: { readonly length: number }): boolean {
  return octetsInBase64(length) > LARGEST_REQUEST
}

/** How many octets so many become in base64, all on one line. */
export function octetsInBase64(octets: number): number {
  return Math.ceil(octets / 3) * 4
}
