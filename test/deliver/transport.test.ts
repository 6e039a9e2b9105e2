import { describe, expect, it } from 'vitest'
import { deliver } from '../../src/deliver/deliver.js'
import { smtpSettings, smtpWarnings } from '../../src/deliver/smtp/settings.js'
import { smtpUrl } from '../../src/deliver/smtp/url.js'
import type { Transport } from '../../src/deliver/transport.js'
import { IncidentMailerError } from '../../src/errors.js'

function errorOf(work: () => unknown): IncidentMailerError {
  try {
    work()
  } catch (error) {
    if (error instanceof IncidentMailerError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

const settingsOf = (transport: unknown) =>
  smtpSettings(typeof transport === 'string' ? smtpUrl(transport) : (transport as never))

describe('TLS and ports', () => {
  it.each([
    [{ host: 'mail.example.com' }, 'starttls', 587],
    [{ host: 'mail.example.com', port: 25 }, 'starttls', 25],
    [{ host: 'mail.example.com', port: 465 }, 'implicit', 465],
    [{ host: 'mail.example.com', secure: true }, 'implicit', 465],
    [{ host: 'mail.example.com', secure: true, port: 4465 }, 'implicit', 4465],
    [{ host: 'mail.example.com', secure: false, port: 465 }, 'starttls', 465],
    [{ host: 'mail.example.com', secure: false }, 'starttls', 587],
    [{ host: 'mail.example.com', tls: 'implicit' }, 'implicit', 465],
    [{ host: 'mail.example.com', tls: 'none' }, 'none', 25],
    [{ host: 'mail.example.com', tls: 'starttls', port: 465 }, 'starttls', 465],
    [{ host: 'mail.example.com', tls: { minVersion: 'TLSv1.3' } }, 'starttls', 587],
    ['smtp://mail.example.com', 'starttls', 587],
    [{ host: 'mail.example.com', tls: 'STARTTLS', port: 465 }, 'starttls', 465],
    [{ host: 'mail.example.com', tls: 'Implicit' }, 'implicit', 465],
    ['smtp://mail.example.com?tls=NONE', 'none', 25],
    ['smtps://mail.example.com', 'implicit', 465],
    ['smtps://mail.example.com:2465/', 'implicit', 2465],
    ['smtp://mail.example.com:465', 'implicit', 465],
    ['smtp://mail.example.com?tls=none', 'none', 25],
    [{ host: 'localhost' }, 'opportunistic', 25],
    [{ host: '127.0.0.1' }, 'opportunistic', 25],
    [{ host: '127.8.9.10', port: 2525 }, 'opportunistic', 2525],
    ['smtp://[::1]', 'opportunistic', 25],
    ['smtps://localhost', 'implicit', 465],
    [{ host: 'localhost', tls: 'starttls' }, 'starttls', 587],
    // Not this machine, whatever they look like.
    [{ host: 'localhost.example.com' }, 'starttls', 587],
    [{ host: 'evil.localhost' }, 'starttls', 587],
    [{ host: '127.0.0.1.example.com' }, 'starttls', 587],
    [{ host: '127.evil.example.com' }, 'starttls', 587],
  ])('of %j are %s at %i', (transport, tls, port) => {
    expect(settingsOf(transport)).toMatchObject({ tls, port })
  })

  it.each([
    [{ host: 'mail.example.com', tls: 'none', secure: true }, 'secure'],
    [{ host: 'mail.example.com', tls: 'starttls', secure: true }, 'secure'],
    [{ host: 'mail.example.com', tls: 'implicit', secure: false }, 'secure'],
    [{ host: 'mail.example.com', tls: 'NONE', secure: true }, 'secure'],
    ['smtps://mail.example.com?tls=none', 'secure'],
  ])('that contradict each other are an error: %j', (transport, key) => {
    expect(errorOf(() => settingsOf(transport))).toMatchObject({
      code: 'INVALID_CONFIG',
      stage: 'config',
      field: `transport.${key}`,
    })
  })

  it.each([
    ['a mail in the clear', { host: 'mail.example.com', tls: 'none' }, ['PLAINTEXT_CONNECTION']],
    ['a password in the clear', 'smtp://soc:secret@mail.example.com?tls=none', ['PLAINTEXT_CONNECTION']],
    ['an unverified server', { host: 'mail.example.com', verify: false }, ['TLS_NOT_VERIFIED']],
    ['nothing else', { host: 'mail.example.com', auth: { user: 'soc', pass: 'secret' } }, []],
    ['nothing on loopback', { host: 'localhost', tls: 'none', auth: { user: 'soc', pass: 'secret' } }, []],
  ])('are warned of for %s', (_, transport, codes) => {
    const warnings = smtpWarnings(settingsOf(transport))
    expect(warnings.map(({ code }) => code)).toEqual(codes)
    expect(JSON.stringify(warnings)).not.toContain('secret')
  })
})

describe('a URL', () => {
  it('holds user and password, percent-encoded, and options', () => {
    expect(
      smtpUrl('smtps://soc%40example.com:p%40ss%2Fword@mail.example.com:2465?name=soc.example.com'),
    ).toEqual({
      host: 'mail.example.com',
      port: 2465,
      secure: true,
      name: 'soc.example.com',
      auth: { user: 'soc@example.com', pass: 'p@ss/word' },
    })
  })

  it('may name an internationalised host', () => {
    expect(settingsOf('smtp://münchen.example').host).toBe('xn--mnchen-3ya.example')
  })

  it.each([
    ['of another scheme', 'https://soc:secret@mail.example.com'],
    ['with a password in the scheme’s place', 'secret:foo@mail.example.com'],
    ['with one option twice', 'smtp://soc:secret@mail.example.com?tls=none&tls=implicit'],
    ['with one option twice, in either spelling', 'smtp://soc:secret@h.example?tls=none&%74ls=none'],
    ['with a bare ? after digits in the password', 'smtp://soc:12?secret@mail.example.com'],
    ['with ? and & in the password', 'smtp://soc:12?secret&more@mail.example.com'],
    ['without a host', 'smtp://'],
    ['that is none', 'soc:secret@mail.example.com, port 25'],
    ['with a bare % in the password', 'smtp://soc:secret%@mail.example.com'],
    ['with a bare / in the password', 'smtp://soc:secret/x@mail.example.com'],
    ['with a bare # in the password', 'smtp://soc:secret#x@mail.example.com'],
    ['with a bare ? in the password', 'smtp://soc:secret?x@mail.example.com'],
    ['with a path', 'smtp://soc:secret@mail.example.com/inbox'],
    ['with an option that does not exist', 'smtp://soc:secret@mail.example.com?rejectUnauthorised=false'],
    ['with a proxy in its query', 'smtp://mail.example.com?proxy=http%3A%2F%2Fu%3Asecret%40proxy'],
    ['with a host in its query', 'smtp://soc:secret@mail.example.com?host=evil.example.com'],
    ['with a password and no user', 'smtp://:secret@mail.example.com'],
  ])('%s is an error that does not show the password', (_, transport) => {
    const error = errorOf(() => deliver({ transport }))
    expect(error).toMatchObject({ code: 'INVALID_CONFIG', stage: 'config' })
    expect(`${error.message} ${error.stack} ${JSON.stringify(error)}`).not.toContain('secret')
    expect(error.cause).toBeUndefined()
  })
})

describe('settings', () => {
  it.each([
    [{ host: 'h.example', prot: 25 }, 'transport.prot', 'port'],
    [{ host: 'h.example', auth: { user: 'soc', password: 'secret' } }, 'transport.auth.password', 'pass'],
    [{ host: 'h.example', requireTLS: true }, 'transport.requireTLS', "tls: 'starttls'"],
    [{ host: 'h.example', ignoreTLS: true }, 'transport.ignoreTLS', "tls: 'none'"],
    [{ host: 'h.example', tls: 'SSL' }, 'transport.tls', 'did you mean "implicit"?'],
    [{ host: 'h.example', tls: false }, 'transport.tls', 'did you mean "none"?'],
    [{ hots: 'h.example' }, 'transport.hots', 'host'],
    [{ host: 'h.example', constructor: 1 }, 'transport.constructor', 'host, port'],
  ])('that do not exist are an error that names the right one: %j', (transport, field, meant) => {
    const error = errorOf(() => deliver({ transport: transport as never }))
    expect(error).toMatchObject({ code: 'INVALID_CONFIG', stage: 'config', field })
    expect(error.message).toContain(meant)
    expect(error.message).not.toContain('secret')
  })

  it.each([
    [{}, 'host'],
    [{ host: '' }, 'host'],
    [{ host: 'a b' }, 'host'],
    [{ host: 'h.example\r\nX: y' }, 'host'],
    [{ host: 25 }, 'host'],
    [{ host: 'h.example', port: 0 }, 'port'],
    [{ host: 'h.example', port: 65_536 }, 'port'],
    [{ host: 'h.example', port: '25' }, 'port'],
    [{ host: 'h.example', tls: 'ssl' }, 'tls'],
    [{ host: 'h.example', tls: null }, 'tls'],
    [{ host: 'h.example', tls: ['none'] }, 'tls'],
    [{ host: 'h.example', verify: 'false' }, 'verify'],
    [{ host: 'h.example', name: 'a\r\nMAIL FROM:<evil@example.com>' }, 'name'],
    [{ host: 'h.example', socketTimeout: -1 }, 'socketTimeout'],
    [{ host: 'h.example', socketTimeout: 2 ** 31 }, 'socketTimeout'],
    [{ host: 'h.example', maxConnections: 0 }, 'maxConnections'],
    [{ host: 'h.example', auth: 'soc:secret' }, 'auth'],
    [{ host: 'h.example', auth: { user: 'soc' } }, 'auth.pass'],
    [{ host: 'h.example', auth: { user: '', pass: 'secret' } }, 'auth.user'],
    [{ host: 'h.example', auth: { user: 25, pass: 'secret' } }, 'auth.user'],
    [{ host: 'h.example', auth: { user: 'soc', pass: ['secret'] } }, 'auth.pass'],
  ])('of the wrong kind are an error that names them, not their value: %j', (transport, key) => {
    const error = errorOf(() => deliver({ transport: transport as never }))
    expect(error).toMatchObject({ code: 'INVALID_CONFIG', field: `transport.${key}` })
    expect(error.message).not.toContain('secret')
  })

  it('without a host are told that it is missing', () => {
    expect(errorOf(() => deliver({ transport: {} as never })).message).toMatch(
      /^transport\.host is missing; /,
    )
  })

  it.each([[null], [25], [true]])('%j are no transport', (transport) => {
    expect(errorOf(() => deliver({ transport: transport as never })).code).toBe('INVALID_CONFIG')
  })

  it.each([[{ folder: '' }], [{ folder: 3 }], [{ folder: 'a', host: 'b' }], [{ folder: 'a', foldr: 'b' }]])(
    '%j are no folder',
    (transport) => {
      expect(errorOf(() => deliver({ transport: transport as never })).code).toBe('INVALID_CONFIG')
    },
  )
})

describe('the destination of a transport', () => {
  const oauth = { tenant: 'example.com', clientId: 'c', clientSecret: 'secret' }
  it.each<[Transport, string, string | null, number | null]>([
    [{ host: 'mail.example.com' }, 'smtp', 'mail.example.com', 587],
    ['smtps://soc:secret@mail.example.com', 'smtp', 'mail.example.com', 465],
    [{ graph: { user: 'soc@example.com', oauth } }, 'microsoft_graph', 'graph.microsoft.com', 443],
    [{ folder: './outbox' }, 'folder', null, null],
    [{ sendmail: '/usr/sbin/sendmail' }, 'sendmail', null, null],
    [{ transports: [{ transport: { folder: './outbox' } }] }, 'several', null, null],
    [{ sendMail: async () => null }, 'nodemailer', null, null],
  ])('%j is what it is, and its server, and nothing of its user', (transport, system, host, port) => {
    expect(deliver({ transport }).destination).toEqual({ system, host, port })
  })
})

describe('a transport', () => {
  it.each([
    [{ host: 'a', folder: 'b' }, 'host', 'folder'],
    [{ host: 'a', sendmail: '/usr/sbin/sendmail' }, 'host', 'sendmail'],
    [{ host: 'a', graph: {} }, 'host', 'graph'],
    [{ folder: 'a', sendmail: '/usr/sbin/sendmail' }, 'folder', 'sendmail'],
    [{ transports: [{ transport: { folder: 'a' } }], host: 'a' }, 'host', 'transports'],
  ])('is of one kind, and %j an error that names the two', (transport, one, other) => {
    expect(errorOf(() => deliver({ transport: transport as never }))).toMatchObject({
      code: 'INVALID_CONFIG',
      message: `transport.${one} and transport.${other} exclude each other; keep one of them`,
    })
  })
})
