import { afterEach, describe, expect, it } from 'vitest'
import { deliver } from '../../../src/deliver/deliver.js'
import { nameOfMachine } from '../../../src/deliver/smtp/hello.js'
import { type Script, startScriptedServer } from '../../peers/scripted-server.js'
import { errorOf, mail } from '../mails.js'

const cleanup: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of cleanup.splice(0).reverse()) await stop()
})

async function against(script: Script, options: object = {}) {
  const server = await startScriptedServer(script)
  const send = deliver({ transport: { host: '127.0.0.1', port: server.port, ...options } })
  cleanup.push(server.stop, send.close)
  return { server, send }
}

describe('the name in EHLO', () => {
  it.each([
    ['mail.example.com', '192.0.2.1', 'mail.example.com'],
    ['laptop', '192.0.2.1', '[192.0.2.1]'],
    ['laptop', '2001:db8::1', '[IPv6:2001:db8::1]'],
    ['laptop', 'fe80::1%eth0', '[IPv6:fe80::1]'],
    ['10.0.0.1', '192.0.2.1', '[192.0.2.1]'],
    ['lap top.example.com', '192.0.2.1', '[192.0.2.1]'],
  ])('of a machine called %s at %s is %s (RFC 5321, section 4.1.3)', (name, localAddress, said) => {
    expect(nameOfMachine({ localAddress }, name)).toBe(said)
  })

  it('is the one in the settings', async () => {
    const { server, send } = await against({}, { name: 'soc.example.com' })
    await send(mail(), {})
    expect(server.commands('EHLO')).toEqual(['EHLO soc.example.com'])
  })
})

describe('a server that knows no EHLO', () => {
  const old: Script = { ehlo: '502 5.5.1 What?', auth: '250 scripted.example.com' }

  it('is greeted by HELO, and gets its mail without any extension', async () => {
    const { server, send } = await against(old)
    expect(await send(mail(), {})).toMatchObject({ outcome: 'sent' })
    expect(server.sessions[0]?.map((line) => line.split(' ')[0]).slice(0, 5)).toEqual([
      ...['EHLO', 'HELO', 'MAIL', 'RCPT', 'DATA'],
    ])
    expect(server.commands('MAIL')).toEqual(['MAIL FROM:<soc@example.com>'])
  })

  it('gets nothing where TLS is demanded', async () => {
    const { server, send } = await against(old, { tls: 'starttls' })
    expect((await errorOf(send(mail(), {}))).code).toBe('TLS_FAILED')
    expect(server.commands('MAIL')).toEqual([])
  })
})

it('a server that closes on EHLO is not asked again', async () => {
  const { server, send } = await against({ ehlo: '421 4.3.2 Closing' })
  expect(await errorOf(send(mail(), {}))).toMatchObject({ code: 'CONNECTION_FAILED', temporary: true })
  expect(server.commands('HELO')).toEqual([])
})

describe('a server whose answer is none', () => {
  it.each<[string, Script, string]>([
    ['EHLO', { ehlo: '250-scripted.example.com\r\n550 No' }, 'HELO'],
    ['EHLO', { ehlo: '220 scripted.example.com' }, 'HELO'],
    ['HELO', { ehlo: '502 5.5.1 What?', auth: '220 scripted.example.com' }, 'MAIL'],
    ['STARTTLS', { extensions: ['STARTTLS'], starttls: '250 2.0.0 Ok' }, 'MAIL'],
  ])('to %s does not speak SMTP, and is told nothing more: %j', async (_, script, next) => {
    const { server, send } = await against(script)
    const error = await errorOf(send(mail(), {}))
    expect(error).toMatchObject({ code: 'PROTOCOL_ERROR', temporary: false })
    expect(error.message).toContain('does not speak SMTP as it should')
    expect(server.commands(next)).toEqual([])
  })
})
