import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkTransport } from '../../src/deliver/check.js'
import { deliver } from '../../src/deliver/deliver.js'
import { exitCodeOf } from '../../src/exit-codes.js'
import { delivery, errorOf, failureOf, mail, mailTo } from './mails.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sendmail-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** A program that writes down its arguments and its stdin, and ends as the script says. */
async function program(script: string, options: object = { args: ['-oMe'] }) {
  const sendmail = join(folder, 'sendmail')
  await writeFile(sendmail, `#!/bin/sh\nprintf '%s\\n' "$@" > '${folder}/args'\n${script}\n`)
  await chmod(sendmail, 0o755)
  return deliver({ transport: { sendmail, ...options } })
}

const READ = () => `cat > '${folder}/stdin'`
const ASKED = {
  notify: ['success', 'delay'],
  return: 'headers',
  envelopeId: '1@example.com',
  required: true,
} as const

describe('a sendmail program', () => {
  it('gets the mail on its stdin, and the envelope as arguments that nothing can be smuggled into', async () => {
    const send = await program(READ())
    const body = 'one\r\n.\r\n..two\r\nFrom three\r\n'
    const each = mail({ deliveries: [delivery(body, '-oQ/tmp@example.com', 'bcc:$(id)@example.com')] })
    expect(await send(each, {})).toMatchObject({
      outcome: 'sent',
      accepted: ['-oQ/tmp@example.com', '$(id)@example.com'],
    })
    expect((await readFile(join(folder, 'args'), 'utf8')).split('\n')).toEqual([
      '-oMe',
      '-i',
      '-f',
      'soc@example.com',
      '--',
      '-oQ/tmp@example.com',
      '$(id)@example.com',
      '',
    ])
    const stdin = await readFile(join(folder, 'stdin'), 'latin1')
    expect(stdin).toMatch(/\n\none\n\.\n\.\.two\nFrom three\n$/)
    expect(stdin).not.toContain('\r')
    expect(stdin).not.toContain('Bcc')
  })

  it.each([
    [67, false],
    [65, false],
    [75, true],
    [69, true],
  ])('that ends with %i is believed', async (code, temporary) => {
    const send = await program(`${READ()}; echo 'because of this' >&2; exit ${code}`)
    const { error, report } = await failureOf(send(mailTo('a@example.com', 'b@example.com'), {}))
    expect(error).toMatchObject({ code: 'RECIPIENTS_REFUSED', temporary })
    expect(report.rejected).toHaveLength(2)
    expect(report.rejected[0]?.message).toContain('because of this')
  })

  it.each(['exit 1', 'exit 70', 'kill -9 $$'])(
    'that has read the mail and then does `%s` leaves the outcome unknown',
    async (end) => {
      const send = await program(`${READ()}; ${end}`)
      expect((await failureOf(send(mail(), {}))).error.code).toBe('OUTCOME_UNKNOWN')
    },
  )

  it('that cannot be called is found before the mail', async () => {
    const transport = { sendmail: join(folder, 'missing') }
    const error = await errorOf(deliver({ transport })(mail(), {}))
    expect(error).toMatchObject({ code: 'FILE_NOT_FOUND', field: 'transport.sendmail', temporary: false })
    expect(exitCodeOf(error)).toBe(66)
    const noProgram = { sendmail: join(folder, 'text') }
    await writeFile(noProgram.sendmail, '', { mode: 0o600 })
    expect(await errorOf(deliver({ transport: noProgram })(mail(), {}))).toMatchObject({
      code: 'FILE_UNREADABLE',
      temporary: false,
    })
    const transports = [{ transport: noProgram }, { transport: { folder: join(folder, 'outbox') } }]
    expect(await deliver({ transport: { transports } })(mail(), {})).toMatchObject({
      outcome: 'sent',
      warnings: [{ code: 'TRANSPORT_SKIPPED' }],
    })
    expect(await checkTransport(transport, {})).toMatchObject({ ok: false, steps: [{ step: 'sendmail' }] })
  })

  it('is ended when the time is up', async () => {
    const send = await program('exec sleep 60')
    const controller = new AbortController()
    setTimeout(() => controller.abort(), 100)
    await failureOf(send(mail(), { signal: controller.signal }))
  })

  it('is asked for notifications where it takes such arguments, of which no id is another', async () => {
    const send = await program(READ(), { dsn: true })
    await send({ ...mail(), dsn: { ...ASKED, envelopeId: '-oQ/tmp;$(id)' } }, {})
    const args = await readFile(join(folder, 'args'), 'utf8')
    expect(args).toMatch(/^-N\nsuccess,delay\n-R\nhdrs\n-V\n-oQ\/tmp;\$\(id\)\n-i\n-f\n/)
    await send({ ...mail(), dsn: { ...ASKED, notify: 'never', return: 'full', envelopeId: null } }, {})
    expect(await readFile(join(folder, 'args'), 'utf8')).toMatch(/^-N\nnever\n-R\nfull\n-i\n/)
  })

  it.each(['a b', 'a+b', 'a=b', 'a\nb', 'ü'])(
    'is not given the id %j, which programs read in different ways',
    async (envelopeId) => {
      const send = await program(READ(), { dsn: true })
      expect(await errorOf(send({ ...mail(), dsn: { ...ASKED, envelopeId } }, {}))).toMatchObject({
        code: 'INVALID_REQUEST',
        field: 'dsn.envelopeId',
      })
      await expect(readFile(join(folder, 'args'))).rejects.toThrow()
    },
  )

  it('of which nobody says so is not: to Exim -N means to throw the mail away', async () => {
    const send = await program(READ())
    expect(await errorOf(send({ ...mail(), dsn: ASKED }, {}))).toMatchObject({
      code: 'DSN_UNSUPPORTED',
      message: expect.stringContaining('transport.dsn does not say'),
    })
    await expect(readFile(join(folder, 'args'))).rejects.toThrow()
    expect(await send({ ...mail(), dsn: { ...ASKED, required: false } }, {})).toMatchObject({
      outcome: 'sent',
      warnings: [{ code: 'DSN_UNSUPPORTED' }],
    })
    expect(await readFile(join(folder, 'args'), 'utf8')).toMatch(/^-oMe\n-i\n-f\n/)
  })

  it.each<[object, string]>([
    [{ sendmail: '/usr/sbin/sendmail', dsn: 'yes' }, 'transport.dsn'],
    [{ sendmail: 'sendmail' }, 'transport.sendmail'],
    [{ sendmail: '/usr/sbin/sendmail', args: '-t' }, 'transport.args'],
    [{ sendmail: '/usr/sbin/sendmail', host: 'x' }, 'transport.host'],
  ])('refuses %j', (transport, field) => {
    expect(() => deliver({ transport: transport as never })).toThrow(
      expect.objectContaining({ code: 'INVALID_CONFIG', field }),
    )
  })
})
