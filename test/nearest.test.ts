import { describe, expect, it } from 'vitest'
import { insteadOf, nearest, suggestion } from '../src/nearest.js'

const KEYS = ['encrypt', 'encryptionCertificates', 'template', 'to', 'cc', 'bcc', 'timeZone']

describe('nearest', () => {
  it('finds the word that was meant', () => {
    expect(nearest('encypt', KEYS)).toBe('encrypt')
    expect(nearest('templates', KEYS)).toBe('template')
    expect(nearest('encryptionCertificate', KEYS)).toBe('encryptionCertificates')
  })

  it('counts swapped letters once', () => {
    expect(nearest('form', ['from', 'to'])).toBe('from')
    expect(nearest('hots', ['port', 'host'])).toBe('host')
  })

  it('finds a word by its beginning', () => {
    expect(nearest('temp', KEYS)).toBe('template')
    expect(nearest('encryptionCert', KEYS)).toBe('encryptionCertificates')
    expect(nearest('ti', KEYS)).toBe('to')
    expect(nearest('encry', KEYS)).toBe('encrypt')
    expect(nearest('en', KEYS)).toBeUndefined()
    expect(nearest('host', ['hostname', 'hosts'])).toBe('hosts')
  })

  it('does not mind the case', () => {
    expect(nearest('timezone', KEYS)).toBe('timeZone')
    expect(nearest('TO', KEYS)).toBe('to')
  })

  it('suggests nothing where nothing is near', () => {
    expect(nearest('colour', KEYS)).toBeUndefined()
    expect(nearest('', ['a'])).toBeUndefined()
    expect(nearest('', KEYS)).toBeUndefined()
    expect(nearest('x', [])).toBeUndefined()
  })

  it('gives up on absurdly long words at once', () => {
    expect(nearest('e'.repeat(10_000_000), KEYS)).toBeUndefined()
    expect(nearest('e'.repeat(65), ['e'.repeat(64)])).toBeUndefined()
    expect(nearest('e'.repeat(64), ['e'.repeat(65)])).toBe('e'.repeat(65))
    const ids = Array.from({ length: 100 }, () => 'e'.repeat(1_000_000))
    expect(nearest('incident-2139', [...ids, 'incident-2193'])).toBe('incident-2193')
  })
})

describe('suggestion', () => {
  it('is the word that was meant, else all there are', () => {
    expect(suggestion('encypt', KEYS)).toBe('did you mean encrypt?')
    expect(suggestion('colour', ['a', 'b'])).toBe('there are a, b')
    expect(suggestion('colour', [])).toBe('there are none')
  })
})

describe('insteadOf', () => {
  const WORDS = ['none', 'starttls']

  it('repeats a word that comes near the one that was meant', () => {
    expect(insteadOf('startls', WORDS)).toBe(', and not "startls"; did you mean "starttls"?')
    expect(insteadOf(false, WORDS, 'none')).toBe(', and not false; did you mean "none"?')
  })

  it('repeats nothing else: it may be a secret in the wrong place', () => {
    for (const given of ['hunter2', '', 7, null, { none: 'none' }]) expect(insteadOf(given, WORDS)).toBe('')
  })
})
