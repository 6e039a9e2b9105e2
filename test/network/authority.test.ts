import { expect, it } from 'vitest'
import { authority } from '../../src/network/authority.js'

it.each([
  ['mail.example.com', 'mail.example.com:25'],
  ['192.0.2.1', '192.0.2.1:25'],
  ['2001:db8::1', '[2001:db8::1]:25'],
])('%s and a port are %s', (host, text) => {
  expect(authority({ host, port: 25 })).toBe(text)
})
