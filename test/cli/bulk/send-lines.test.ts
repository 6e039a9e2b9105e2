import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { reportSchema } from '../../../src/schemas/report.js'
import {
  type Script,
  type ScriptedServer,
  silence,
  startScriptedServer,
} from '../../peers/scripted-server.js'
import { type BuiltCli, buildCli, type Result } from '../built-cli.js'

let cli: BuiltCli
const servers: ScriptedServer[] = []
beforeAll(async () => {
  cli = await buildCli()
})
afterAll(() => cli.remove())
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop()
})

/** Whether this machine lets nobody mount a small file system for himself. */
const noNamespaces = spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'tmpfs', tmpdir()]).status !== 0

const jobTo = (to: string) => ({ to, subject: 'Status', body: 'All quiet.' })
const linesOf = (jobs: readonly unknown[]) => jobs.map((job) => `${JSON.stringify(job)}\n`).join('')
const people = (count: number) => Array.from({ length: count }, (_, index) => jobTo(`u${index}@example.com`))

async function serverWith(script: Script, transport: object = {}, config: object = {}) {
  const server = await startScriptedServer(script)
  servers.push(server)
  const cwd = await cli.folder({
    'incident-mailer.json': {
      from: 'soc@example.com',
      transport: { host: '127.0.0.1', port: server.port, ...transport },
      ...config,
    },
  })
  return { server, cwd, config: join(cwd, 'incident-mailer.json') }
}

/** The objects on stdout, which the published schema describes. */
function reportsOn({ stdout }: Pick<Result, 'stdout'>) {
  const objects = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
  for (const object of objects) expect(reportSchema.safeParse(object).error?.issues).toBeUndefined()
  return objects
}

const messageIdsAt = ({ messages }: ScriptedServer) =>
  messages.map((message) => message.match(/^Message-ID: (\S+)/m)?.[1] ?? '')

describe('send --jsonl', () => {
  it('prints one report a line for each job', async () => {
    const { server, cwd } = await serverWith({})
    const stdin = `${linesOf(people(3))}\n  \n${JSON.stringify(jobTo('last@example.com'))}`
    const result = await cli.run(['send', '--jsonl'], { cwd, stdin })
    expect(result).toMatchObject({ code: 0, stderr: '' })
    const reports = reportsOn(result)
    expect(reports.map(({ line, accepted }) => [line, ...accepted]).sort()).toEqual([
      [1, 'u0@example.com'],
      [2, 'u1@example.com'],
      [3, 'u2@example.com'],
      [6, 'last@example.com'],
    ])
    expect(server.messages).toHaveLength(4)
  })

  it('says so where no job came, as of a generator that failed', async () => {
    const { cwd } = await serverWith({})
    const result = await cli.run(['send', '--jsonl'], { cwd, stdin: '\n' })
    expect(result).toMatchObject({ code: 0, stdout: '' })
    expect(result.stderr).toContain('stdin holds no job, so nothing was sent')
  })

  it('sends the others when one is wrong, and ends with its code', async () => {
    const { server, cwd } = await serverWith({})
    await writeFile(join(cwd, 'jobs.jsonl'), `{"to":\n${linesOf([jobTo('a@example.com'), { too: 'x' }])}`)
    const result = await cli.run(['send', '--jsonl', '--job', 'jobs.jsonl'], { cwd })
    expect(result.code).toBe(65)
    const reports = reportsOn(result).sort((one, other) => one.line - other.line)
    expect(reports).toMatchObject([
      { line: 1, error: { code: 'INVALID_REQUEST' } },
      { line: 2, outcome: 'sent' },
      { line: 3, error: { code: 'INVALID_REQUEST', field: 'too' } },
    ])
    expect(reports[0].error.message).toContain('line 1')
    expect(server.messages).toHaveLength(1)
  })

  it.each([
    ['refused for now', '450 4.2.0 Later', 75],
    ['refused for good', '550 5.1.1 No such user', 67],
  ])('with a mail %s ends with %s: %i', async (_, reply, code) => {
    const { cwd } = await serverWith({ rcpt: { 'u1@example.com': reply } })
    const result = await cli.run(['send', '--jsonl'], { cwd, stdin: linesOf(people(3)) })
    expect(result.code).toBe(code)
    expect(reportsOn(result).find(({ line }) => line === 2)).toMatchObject({
      outcome: 'failed',
      error: { code: 'RECIPIENTS_REFUSED' },
    })
  })

  it('with a mail of which nobody knows ends with 74, whatever became of others', async () => {
    const { cwd } = await serverWith({
      rcpt: { 'u1@example.com': '450 4.2.0 Later' },
      message: (socket) => void socket.destroy(),
    })
    expect((await cli.run(['send', '--jsonl'], { cwd, stdin: linesOf(people(3)) })).code).toBe(74)
  })

  it('counts a mail that not everybody got as sent, save with --strict', async () => {
    const { cwd } = await serverWith({ rcpt: { 'b@example.com': '550 5.1.1 No' } })
    const stdin = linesOf([jobTo('a@example.com, b@example.com')])
    expect((await cli.run(['send', '--jsonl'], { cwd, stdin })).code).toBe(0)
    expect((await cli.run(['send', '--jsonl', '--strict'], { cwd, stdin })).code).toBe(67)
  })

  it('stops after ten in a row that failed alike: a wrong password, a thousand times, locks the account', async () => {
    const { server, cwd } = await serverWith(
      { extensions: ['AUTH PLAIN'], auth: '535 5.7.8 No' },
      { auth: { user: 'soc', pass: 'wrong-secret' } },
    )
    const result = await cli.run(['send', '--jsonl'], { cwd, stdin: linesOf(people(200)) })
    expect(result.code).toBe(77)
    expect(result.stderr).toContain('the rest was not begun')
    expect(server.commands('AUTH').length).toBeLessThan(30)
    expect(reportsOn(result).length).toBeLessThan(30)
  })

  it('stops as soon where the sendmail program that every mail needs is not there', async () => {
    const transport = { sendmail: '/usr/sbin/no-such-sendmail' }
    const cwd = await cli.folder({ 'incident-mailer.json': { from: 'soc@example.com', transport } })
    const result = await cli.run(['send', '--jsonl'], { cwd, stdin: linesOf(people(200)) })
    expect(result.code).toBe(66)
    expect(result.stderr).toContain('the rest was not begun')
  })

  it('with --dry-run sends nothing', async () => {
    const { server, cwd } = await serverWith({})
    const result = await cli.run(['send', '--jsonl', '--dry-run'], { cwd, stdin: linesOf(people(2)) })
    expect(result.code).toBe(0)
    expect(reportsOn(result)).toMatchObject([{ outcome: null }, { outcome: null }])
    expect(server.sessions).toEqual([])
  })

  it.each([
    [['--jsonl', '--eml', 'x'], '--eml goes with one job'],
    [['--resume', 'x'], '--resume goes with --jsonl'],
    [['--jsonl', '--dry-run', '--resume', 'x'], '--dry-run sends nothing'],
  ])('refuses %j', async (flags, message) => {
    const result = await cli.run(['send', ...flags], { stdin: '' })
    expect(result.code).toBe(64)
    expect(JSON.parse(result.stdout).error.message).toContain(message)
  })

  it('at a terminal tells people what failed, and counts', async () => {
    const { cwd } = await serverWith({ rcpt: { 'u1@example.com': '550 5.1.1 No such user' } })
    const result = await cli.runInTerminal(['send', '--jsonl'], { cwd, stdin: linesOf(people(3)) })
    expect(result.stdout.trim()).toBe('2 sent, 1 failed')
    expect(await readFile(join(cwd, 'stderr.txt'), 'utf8')).toContain('line 2: u1@example.com was refused')
  })
})

describe('SIGTERM in the middle of a bulk run', () => {
  it('finishes what is under way, begins no more, and ends with 75', async () => {
    const waiting: { write(text: string): void }[] = []
    const { server, cwd } = await serverWith(
      { message: (socket) => void waiting.push(socket) },
      { maxConnections: 3 },
    )
    const child = await cli.start(['send', '--jsonl'], { cwd, stdin: linesOf(people(500)) })
    const ended = endOf(child)
    await expect.poll(() => server.messages.length, { timeout: 20_000 }).toBe(3)
    child.kill('SIGTERM')
    // Those under way are all that still come.
    const timer = setInterval(() => {
      for (const socket of waiting.splice(0)) socket.write('250 2.0.0 Ok\r\n')
    }, 20)
    const { code, stdout, stderr } = await ended
    clearInterval(timer)
    expect(code).toBe(75)
    expect(stderr).toContain('the rest was not begun')
    const reports = reportsOn({ stdout })
    expect(reports.every(({ outcome }) => outcome === 'sent')).toBe(true)
    expect(reports).toHaveLength(server.messages.length)
    expect(reports.length).toBeLessThan(20)
  })
})

describe('send --jsonl --resume', () => {
  it('after kill -9, again and again, sends each mail once, save those listed as unknown', async () => {
    let slow = true
    const { server, cwd } = await serverWith({
      message: (socket) =>
        void setTimeout(() => socket.write('250 2.0.0 Ok\r\n'), slow ? 5 + Math.random() * 10 : 0),
    })
    const count = 120
    await writeFile(join(cwd, 'jobs.jsonl'), linesOf(people(count)))
    const args = ['send', '--jsonl', '--job', 'jobs.jsonl', '--resume', 'run.journal']
    for (const killAt of [15, 40, 70]) {
      const child = await cli.start(args, { cwd })
      const ended = endOf(child)
      await expect
        .poll(() => server.messages.length, { timeout: 20_000, interval: 5 })
        .toBeGreaterThan(killAt)
      child.kill('SIGKILL')
      await ended
    }
    slow = false
    const last = await cli.run(args, { cwd })
    const reports = reportsOn(last)
    expect(reports.map(({ line }) => line).sort((a, b) => a - b)).toEqual(
      [...Array(count).keys()].map((i) => i + 1),
    )
    const unknown = reports.filter(({ error }) => error?.code === 'OUTCOME_UNKNOWN')
    expect(unknown.length).toBeLessThanOrEqual(30)
    expect(last.code).toBe(unknown.length > 0 ? 74 : 0)

    const arrived = messageIdsAt(server)
    expect(new Set(arrived).size).toBe(arrived.length)
    const listed = new Set(unknown.map(({ messageId }) => messageId))
    const sure = reports.filter(({ error }) => !error).map(({ messageId }) => messageId)
    expect(sure.filter((id) => !arrived.includes(id))).toEqual([])
    expect(arrived.filter((id) => !listed.has(id)).sort()).toEqual(sure.sort())

    const again = await cli.run(args, { cwd })
    expect(server.messages).toHaveLength(arrived.length)
    expect(reportsOn(again).filter(({ earlier }) => earlier === 'unknown')).toHaveLength(unknown.length)
  })

  it('tries again what certainly was not sent, with the same Message-ID, and not what was refused for good', async () => {
    let replies: Record<string, string> = {
      'u0@example.com': '450 4.2.0 Later',
      'u1@example.com': '550 5.1.1 No',
    }
    const rcpt = (address: string) => (socket: { write(text: string): void }) =>
      void socket.write(`${replies[address] ?? '250 2.1.5 Ok'}\r\n`)
    const { server, cwd } = await serverWith({
      rcpt: { 'u0@example.com': rcpt('u0@example.com'), 'u1@example.com': rcpt('u1@example.com') },
    })
    const stdin = linesOf(people(3))
    const args = ['send', '--jsonl', '--resume', 'run.journal']
    const first = await cli.run(args, { cwd, stdin })
    expect(first.code).toBe(75)
    replies = {}
    const second = await cli.run(args, { cwd, stdin })
    const byLine = (result: Result) => reportsOn(result).sort((one, other) => one.line - other.line)
    expect(byLine(second)).toMatchObject([
      { line: 1, outcome: 'sent', messageId: byLine(first)[0].messageId },
      {
        line: 2,
        earlier: 'refused',
        messageId: byLine(first)[1].messageId,
        error: { code: 'RECIPIENTS_REFUSED' },
      },
      { line: 3, earlier: 'sent', messageId: byLine(first)[2].messageId },
    ])
    expect(server.messages.filter((message) => message !== '')).toHaveLength(2)
  })

  it('knows a job by what it says: lines may be put in and taken out, and equal ones count', async () => {
    const { server, cwd } = await serverWith({})
    const args = ['send', '--jsonl', '--resume', 'run.journal']
    const twice = [jobTo('a@example.com'), jobTo('a@example.com'), jobTo('b@example.com')]
    await cli.run(args, { cwd, stdin: linesOf(twice) })
    expect(server.messages).toHaveLength(3)
    const more = [jobTo('new@example.com'), ...twice, jobTo('a@example.com')]
    await cli.run(args, { cwd, stdin: linesOf(more) })
    expect(server.messages).toHaveLength(5)
    expect(new Set(messageIdsAt(server)).size).toBe(5)
  })

  it('gives mails of another journal other Message-IDs', async () => {
    const { server, cwd } = await serverWith({})
    const stdin = linesOf(people(1))
    for (const journal of ['one', 'two'])
      await cli.run(['send', '--jsonl', '--resume', journal], { cwd, stdin })
    expect(new Set(messageIdsAt(server)).size).toBe(2)
  })

  it('is refused while another run has the journal, and sends nothing', async () => {
    const { server, cwd } = await serverWith({ greeting: silence })
    const args = ['send', '--jsonl', '--resume', 'run.journal']
    const child = await cli.start(args, { cwd, stdin: linesOf(people(1)) })
    const ended = endOf(child)
    await expect.poll(() => server.sessions.length, { timeout: 20_000 }).toBe(1)
    const second = await cli.run(args, { cwd, stdin: linesOf(people(1)) })
    expect(second.code).toBe(75)
    expect(JSON.parse(second.stdout).error).toMatchObject({ code: 'JOURNAL_IN_USE', temporary: true })
    expect(server.sessions).toHaveLength(1)
    child.kill('SIGKILL')
    await ended
  })

  it('of several runs that begin in the same moment, lets one go on', async () => {
    const { server, cwd } = await serverWith({
      message: (socket) => void setTimeout(() => socket.write('250 2.0.0 Ok\r\n'), 1_500),
    })
    const args = ['send', '--jsonl', '--resume', 'run.journal']
    const runs = await Promise.all(
      Array.from({ length: 4 }, () => cli.run(args, { cwd, stdin: linesOf(people(1)) })),
    )
    expect(server.messages).toHaveLength(1)
    expect(runs.map(({ code }) => code).sort()).toEqual([0, 75, 75, 75])
  })

  it.skipIf(noNamespaces)(
    'on a disk that runs full sends nothing it cannot record, and later the rest',
    async () => {
      const { server, cwd } = await serverWith({})
      await writeFile(join(cwd, 'jobs.jsonl'), linesOf(people(200)))
      const args = ['send', '--jsonl', '--job', 'jobs.jsonl', '--resume']
      const command = [process.execPath, cli.main, ...args, 'small/run.journal']
        .map((word) => `'${word}'`)
        .join(' ')
      const full = await inSmallFolder(cwd, '32k', `${command}; code=$?; cp small/run.journal .; exit $code`)
      expect(full.code).toBe(66)
      expect(full.stderr).toContain('cannot write the journal small/run.journal: ')
      const reports = reportsOn(full)
      const sent = reports.filter(({ outcome }) => outcome === 'sent')
      expect(sent.length).toBeGreaterThan(10)
      expect(sent.map(({ messageId }) => messageId).sort()).toEqual(messageIdsAt(server).sort())
      const others = reports.filter(({ outcome }) => outcome !== 'sent')
      expect(new Set(others.map(({ error }) => error.code))).toEqual(new Set(['FILE_UNWRITABLE']))
      const rest = await cli.run([...args, 'run.journal'], { cwd })
      expect(rest.code).toBe(0)
      expect(reportsOn(rest).filter(({ earlier }) => earlier === 'sent')).toHaveLength(sent.length)
      expect(new Set(messageIdsAt(server)).size).toBe(200)
      expect(server.messages).toHaveLength(200)
    },
  )

  it('where a file may grow no further, lists at most what was under way as unknown', async () => {
    const { server, cwd } = await serverWith({})
    await writeFile(join(cwd, 'jobs.jsonl'), linesOf(people(200)))
    const args = ['send', '--jsonl', '--job', 'jobs.jsonl', '--resume', 'run.journal']
    const command = [process.execPath, cli.main, ...args].map((word) => `'${word}'`).join(' ')
    const first = await shell(cwd, `trap '' XFSZ; ulimit -f 40; exec ${command}`)
    expect(first.code).toBe(66)
    const sent = reportsOn(first).filter(({ outcome }) => outcome === 'sent')
    expect(sent.map(({ messageId }) => messageId).sort()).toEqual(messageIdsAt(server).sort())
    const rest = await cli.run(args, { cwd })
    const unknown = reportsOn(rest).flatMap(({ error, messageId }) => (error ? [messageId] : []))
    expect(unknown.length).toBeLessThanOrEqual(10)
    expect(sent.map(({ messageId }) => messageId)).toEqual(expect.arrayContaining(unknown))
    expect(new Set(messageIdsAt(server)).size).toBe(200)
    expect(server.messages).toHaveLength(200)
  })

  it.each([
    ['in a folder that is not there', 'none/run.journal', 'FILE_UNWRITABLE'],
    ['that is a folder', '.', 'FILE_UNREADABLE'],
    ['that is a device', '/dev/full', 'FILE_UNREADABLE'],
  ])('with a journal %s sends nothing, and says so on one line', async (_, journal, code) => {
    const { server, cwd } = await serverWith({})
    const result = await cli.run(['send', '--jsonl', '--resume', journal], { cwd, stdin: linesOf(people(2)) })
    expect(result.code).toBe(66)
    expect(result.stdout.split('\n')).toHaveLength(2)
    expect(JSON.parse(result.stdout).error).toMatchObject({ code, message: expect.stringContaining(journal) })
    expect(server.sessions).toEqual([])
  })

  it('where there is not even room for the endings, sends nothing', async () => {
    const { server, cwd } = await serverWith({})
    const args = ['send', '--jsonl', '--resume', 'run.journal']
    const command = [process.execPath, cli.main, ...args].map((word) => `'${word}'`).join(' ')
    const result = await shell(cwd, `trap '' XFSZ; ulimit -f 8; exec ${command}`, linesOf(people(2)))
    expect(result.code).toBe(66)
    expect(JSON.parse(result.stdout).error).toMatchObject({ code: 'FILE_UNWRITABLE' })
    expect(server.sessions).toEqual([])
  })

  it('does not write into a file that is no journal', async () => {
    const { server, cwd } = await serverWith({})
    const jobs = linesOf(people(2))
    await writeFile(join(cwd, 'jobs.jsonl'), jobs)
    const result = await cli.run(['send', '--jsonl', '--job', 'jobs.jsonl', '--resume', 'jobs.jsonl'], {
      cwd,
    })
    expect(result.code).toBe(66)
    expect(JSON.parse(result.stdout).error.code).toBe('INVALID_JOURNAL')
    expect(await readFile(join(cwd, 'jobs.jsonl'), 'utf8')).toBe(jobs)
    expect(server.sessions).toEqual([])
  })
})

async function inSmallFolder(cwd: string, size: string, script: string) {
  await mkdir(join(cwd, 'small'))
  const mounted = `mount -t tmpfs -o size=${size} tmpfs small && { ${script}; }`
  return await endOf(spawn('unshare', ['-rm', 'sh', '-c', mounted], { cwd, env: { PATH: process.env.PATH } }))
}

async function shell(cwd: string, script: string, stdin = '') {
  const child = spawn('sh', ['-c', script], { cwd, env: { PATH: process.env.PATH } })
  child.stdin.write(stdin)
  return await endOf(child)
}

async function endOf(child: ChildProcess) {
  const chunks = { stdout: '', stderr: '' }
  child.stdin?.end()
  for (const name of ['stdout', 'stderr'] as const)
    child[name]?.on('data', (chunk) => {
      chunks[name] += chunk
    })
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, ...chunks }
}
