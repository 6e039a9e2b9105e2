import { describe, expect, it } from 'vitest'
import { maskAddress, maskAddresses } from '../src/logger.js'

describe('maskAddress', () => {
  it.each([
    { address: 'alice@example.com', masked: 'a***@example.com' },
    { address: 'a@example.com', masked: 'a***@example.com' },
    { address: '"al@ice"@example.com', masked: '"***@example.com' },
    { address: '@example.com', masked: '***' },
    { address: 'alice', masked: '***' },
    { address: '', masked: '***' },
  ])('shows $address as $masked', ({ address, masked }) => {
    expect(maskAddress(address)).toBe(masked)
  })
})

describe('maskAddresses', () => {
  it.each([
    ['/certificates/alice@example.com.pem', '/certificates/a***@example.com.pem'],
    [
      '550 <alice.b+c@example.com>: no; ask bob@example.org',
      '550 <a***@example.com>: no; ask b***@example.org',
    ],
    ['{"to":"grüße@example.com"}', '{"to":"g***@example.com"}'],
    ['nobody here', 'nobody here'],
    ['@example.com', '@example.com'],
  ])('shows %j as %j', (text, masked) => {
    expect(maskAddresses(text)).toBe(masked)
  })

  it('is done with a long text in no time', () => {
    expect(maskAddresses('a'.repeat(200_000))).toHaveLength(200_000)
  })
})
