import { describe, expect, it } from 'vitest'
import { compose, createNotifier, deliver, encrypt, loadIdentity, render, sign } from '../src/index.js'

/** Calls as JavaScript can make them, without what the types would say. */
const asWritten = (options: unknown) => JSON.parse(JSON.stringify(options))

describe('an option that does not exist is INVALID_CONFIG, with the one that was meant', () => {
  it.each([
    ['sign', () => sign(asWritten({ identiy: { p12: 'soc.p12' } })), 'identity'],
    ['encrypt', () => encrypt(asWritten({ certificate: './certificates' })), 'certificates'],
    ['compose', () => compose(asWritten({ attachmentFolder: ['.'] })), 'attachmentFolders'],
    ['render', () => render(asWritten({ template: {} })), 'templates'],
    ['deliver', () => deliver(asWritten({ transprot: 'smtp://mail.example.com' })), 'transport'],
  ])('for %s', (_, make, meant) => {
    expect(make).toThrow(
      expect.objectContaining({ code: 'INVALID_CONFIG', message: expect.stringContaining(`mean ${meant}?`) }),
    )
  })

  it.each([
    [{ smimee: {} }, 'smime?'],
    [{ smime: { certificate: 'x' } }, 'smime.certificates?'],
    [{ smime: { identity: { p12: 'x', pasphrase: 'x' } } }, 'smime.identity.passphrase?'],
  ])('for a notifier: %j', async (options, meant) => {
    await expect(createNotifier(asWritten(options))).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringContaining(`mean ${meant}`),
    })
  })

  it('for an identity', async () => {
    await expect(
      loadIdentity(asWritten({ certificate: 'a', privateKey: 'b', chian: 'c' })),
    ).rejects.toMatchObject({ code: 'INVALID_CONFIG', field: 'smime.identity.chian' })
  })
})

describe('a word that is none of those an option may be is INVALID_CONFIG', () => {
  it.each([
    [() => sign(asWritten({ signatureForm: 'opaqe' })), 'and not "opaqe"; did you mean "opaque"?'],
    [() => encrypt(asWritten({ keyTransport: 'oeap' })), 'and not "oeap"; did you mean "oaep"?'],
    [
      () => deliver(asWritten({ transport: { host: 'a', tls: 'ssl' } })),
      "transport.tls is 'none', 'starttls', 'implicit', or an object of TLS options, and not \"ssl\"; did you mean \"implicit\"?",
    ],
    [() => deliver(asWritten({ transport: 'smtp://a?tls=true' })), 'and not true; did you mean "starttls"?'],
    [
      () => deliver(asWritten({ transport: { host: 'a', authType: 'basci' } })),
      'and not "basci"; did you mean "basic"?',
    ],
  ])('%s', (make, message) => {
    expect(make).toThrow(
      expect.objectContaining({ code: 'INVALID_CONFIG', message: expect.stringContaining(message) }),
    )
  })
})

describe('settings that are no settings are INVALID_CONFIG, and not taken for none', () => {
  it.each([
    { smime: '' },
    { smime: [] },
    { smime: false },
    { smime: { identity: '' } },
    { smime: { identity: [] } },
    { smime: { identity: 0 } },
    { smime: { certificates: '' } },
    { smime: { trust: false } },
  ])('%j', async (options) => {
    await expect(createNotifier(asWritten(options))).rejects.toMatchObject({ code: 'INVALID_CONFIG' })
  })

  it.each([
    () => sign(asWritten({ identity: '' })),
    () => sign(asWritten([])),
    () => encrypt(asWritten({ certificates: '' })),
    () => encrypt(asWritten('certificates')),
  ])('%s', (make) => {
    expect(make).toThrow(expect.objectContaining({ code: 'INVALID_CONFIG' }))
  })
})
