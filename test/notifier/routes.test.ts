import { afterEach, describe, expect, it } from 'vitest'
import { createNotifier, type Notifier } from '../../src/notifier/notifier.js'
import type { NotifierOptions } from '../../src/notifier/notifier-options.js'
import { type ScriptedServer, startScriptedServer } from '../peers/scripted-server.js'

const cleanup: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of cleanup.splice(0).reverse()) await stop()
})

async function server(): Promise<ScriptedServer> {
  const started = await startScriptedServer({ extensions: ['AUTH PLAIN'] })
  cleanup.push(started.stop)
  return started
}

async function notifierWith(options: NotifierOptions): Promise<Notifier> {
  const notifier = await createNotifier(options)
  cleanup.push(notifier.close)
  return notifier
}

const at = ({ port }: ScriptedServer) => ({ host: '127.0.0.1', port })
const job = { to: 'ciso@example.com', subject: 'Hi', body: '<html><body><p>Hello</p></body></html>' }

describe('a job', () => {
  it('goes by the profile it names, else by the default one, else by the transport', async () => {
    const [one, two, plain] = [await server(), await server(), await server()]
    const options = {
      from: 'plain@example.com',
      transport: at(plain),
      profiles: {
        one: { from: 'one@example.com', transport: at(one) },
        two: { transport: at(two) },
      },
    }
    const notifier = await notifierWith({ ...options, profile: 'one' })
    await notifier.send(job)
    await notifier.send({ ...job, profile: 'two' })
    await notifier.deliver(await notifier.compose({ ...job, profile: 'two' }))
    await (await notifierWith(options)).send(job)
    expect(one.commands('MAIL')).toEqual(['MAIL FROM:<one@example.com>'])
    expect(two.commands('MAIL')).toEqual(Array(2).fill('MAIL FROM:<plain@example.com>'))
    expect(plain.commands('MAIL')).toEqual(['MAIL FROM:<plain@example.com>'])
  })

  it('shows the address of its profile, while the user who logs in sends it', async () => {
    const one = await server()
    const transport = { ...at(one), auth: { user: 'robot@example.com', pass: 'x' } }
    const profiles = { one: { from: 'SOC <soc@example.com>', transport } }
    const notifier = await notifierWith({ profiles, profile: 'one' })
    const report = await notifier.send(job)
    expect(report.envelope.from).toBe('robot@example.com')
    expect(one.commands('MAIL')).toEqual(['MAIL FROM:<robot@example.com>'])
    expect(one.messages[0]).toContain('From: SOC <soc@example.com>')
    await notifier.send({ ...job, from: 'other@example.com' })
    expect(one.messages[1]).toContain('From: other@example.com')
  })

  it('ends with the signature of its profile, HTML and text, whatever it is made of', async () => {
    const one = { transport: { host: 'a' }, signature: 'Your SOC\n<24/7>' }
    const notifier = await notifierWith({ profiles: { one }, profile: 'one', from: 'soc@example.com' })
    const html = await notifier.render(job)
    expect(html.html).toMatch(/<p>Hello<\/p>\s*<div>Your SOC<br>\n&lt;24\/7&gt;<\/div>\s*<\/body>/)
    expect(html.text).toMatch(/Hello\n\nYour SOC\n<24\/7>\n$/)
    const text = await notifier.render({ ...job, body: 'Hello', format: 'text' })
    expect(text).toMatchObject({ html: null, text: 'Hello\n\nYour SOC\n<24/7>\n' })
    const incident = { id: 7, name: 'x' }
    const built = await notifier.render({ to: 'a@example.com', template: 'incident-summary', incident })
    expect(built.html).toContain('Your SOC<br>')
  })

  it.each([
    ['a name that is not there', { profile: 'on' }, 'INVALID_REQUEST', 'did you mean one?'],
    ['a name that every object has', { profile: 'constructor' }, 'INVALID_REQUEST', 'there are one, copy'],
    ['one that cannot be used yet', { profile: 'copy' }, 'INVALID_CONFIG', 'cannot be used yet: no password'],
  ])('with %s is refused before anything is sent', async (_, request, code, message) => {
    const one = await server()
    const profiles = {
      one: { transport: at(one) },
      copy: { transport: at(one), unusable: 'no password' },
    }
    const notifier = await notifierWith({ profiles, from: 'soc@example.com' })
    const refused = notifier.send({ ...job, ...request })
    await expect(refused).rejects.toMatchObject({ code, message: expect.stringContaining(message) })
    expect(one.sessions).toEqual([])
  })
})

describe('a notifier', () => {
  it.each([
    [{ profile: 'soc' }, 'there is no profile "soc"; there are none'],
    [{ profile: 'soc', profiles: { sco: { transport: { host: 'a' } } } }, 'did you mean sco?'],
    [
      { profile: 'x', profiles: { x: { transport: { host: 'a' }, unusable: 'why' } } },
      'cannot be used yet: why',
    ],
  ])('with %j is none', async (options, message) => {
    await expect(createNotifier(options)).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringContaining(message),
    })
  })

  it('checks the way of its own profile', async () => {
    const one = await server()
    const notifier = await notifierWith({ profiles: { one: { transport: at(one) } }, profile: 'one' })
    expect((await notifier.check()).ok).toBe(true)
    expect(one.sessions).toHaveLength(1)
  })
})
