import { describe, expect, it } from 'vitest'
import { maskAddress } from '../src/logger.js'

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
