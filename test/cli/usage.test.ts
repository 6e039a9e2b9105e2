import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BuiltCli, buildCli, objectOn } from './built-cli.js'

let cli: BuiltCli
beforeAll(async () => {
  cli = await buildCli()
})
afterAll(() => cli.remove())

describe('incident-mailer', () => {
  it('says what there is, with --help anywhere', async () => {
    const help = await cli.run(['--help'])
    expect(help).toMatchObject({ code: 0, stderr: '' })
    for (const word of ['send', 'render', 'check']) expect(help.stdout).toContain(word)
    for (const [command, flag] of [
      ['send', '--dry-run'],
      ['send', '--strict'],
      ['send', '--eml <file>'],
      ['send', '--jsonl'],
      ['send', '--resume <file>'],
      ['render', '--job <file>'],
      ['check', '--to <address>'],
    ] as const) {
      const { code, stdout } = await cli.run([command, '--help'])
      expect(code).toBe(0)
      for (const word of [flag, '--config <file>', '--json']) expect(stdout).toContain(word)
    }
  })

  it('says its version, with --version anywhere', async () => {
    const { version } = JSON.parse(await readFile('package.json', 'utf8'))
    for (const args of [
      ['--version'],
      ['send', '--version'],
      ['render', '--version'],
      ['check', '--version'],
    ])
      expect(await cli.run(args)).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' })
  })

  it.each([
    [
      [],
      'name a command: send, raw, render, preview, template new, template list, check, verify, decrypt, config, profile list',
    ],
    [['sned'], "unknown command 'sned' (Did you mean send?)"],
    [['outbox'], "unknown command 'outbox'"],
    [['send', '--dryrun'], "unknown option '--dryrun' (Did you mean --dry-run?)"],
    [['check', '--profil', 'x'], "unknown option '--profil' (Did you mean --profile?)"],
    [['render', '--eml', 'x'], "unknown option '--eml'"],
    [['send', '--eml'], "option '--eml <file>' argument missing"],
    [
      ['send', 'job.json'],
      "too many arguments for 'send': expected 0 arguments but got 1; a job's file is named by --job FILE",
    ],
    [['check', 'me'], "too many arguments for 'check': expected 0 arguments but got 1; --help tells"],
    [['--out', 'x', 'verify'], "unknown option '--out'; it goes behind the command: incident-mailer verify"],
    [
      ['--out=x', 'verify', 'a.eml'],
      "unknown option '--out=...'; it goes behind the command: incident-mailer verify --out",
    ],
    [['render', '--out', 'verify'], "unknown option '--out'; --help tells what there is"],
    [
      ['--dry-run', 'send'],
      "unknown option '--dry-run'; it goes behind the command: incident-mailer send --dry-run",
    ],
    [
      ['--tlp', 'red', 'raw'],
      "unknown option '--tlp'; it goes behind the command: incident-mailer raw --tlp",
    ],
    [['--profile', 'x', 'verify'], '--profile does not go with verify'],
    [['--config'], "option '--config <file>' argument missing"],
  ])('refuses %j with 64, on stdout as an error object', async (args, message) => {
    const result = await cli.run(args, { stdin: {} })
    expect(result.code).toBe(64)
    const { error } = objectOn(result)
    expect(error).toEqual({
      code: 'USAGE',
      stage: null,
      temporary: false,
      field: null,
      message: expect.stringContaining(message),
      messageId: null,
    })
    expect(result.stderr).toMatch(/incident-mailer: .*\n$/)
    expect(result.stderr).toContain(error.message)
  })

  it('takes --config, --profile and --json before the command as well', async () => {
    const cwd = await cli.folder({
      'soc.json': { from: 'soc@example.com', profiles: { soc: { transport: { host: 'a' } } } },
      'other.json': { from: 'other@example.com' },
    })
    const fromOf = async (...args: string[]) => {
      const { settings } = objectOn(await cli.runInTerminal(args, { cwd }))
      return settings.find(({ setting }: { setting: string }) => setting === 'from').value
    }
    expect(await fromOf('--json', '--config', 'soc.json', 'config')).toBe('soc@example.com')
    expect(await fromOf('--config', 'soc.json', 'config', '--config', 'other.json', '--json')).toBe(
      'other@example.com',
    )
    const list = await cli.run(['profile', '--config', 'soc.json', 'list'], { cwd })
    expect(objectOn(list).profiles).toHaveLength(1)
    const send = await cli.run(['--config=soc.json', '--profile', 'sox', 'send'], { cwd, stdin: {} })
    expect(objectOn(send).error.message).toContain('there is no profile "sox"; did you mean soc?')
  })

  it('keeps a secret that someone gave as a flag to itself', async () => {
    for (const args of [
      ['send', '--password=hunter2'],
      ['send', '--pass', 'hunter2'],
      ['check', '-phunter2'],
      ['--password=hunter2', 'send'],
    ]) {
      const { code, stdout, stderr } = await cli.run(args, { stdin: {} })
      expect(code).toBe(64)
      expect(stdout + stderr).not.toContain('hunter2')
    }
  })

  it.each([
    ['profile', 'add', 'p', '--host', 'a', '--user', 'u', '--password', 'hunter2'],
    ['profile', 'add', 'p', '--host', 'a', '--user', 'u', '--password=hunter2'],
    ['profile', 'edit', 'p', '--client-secret', 'hunter2'],
    ['profile', 'add', 'p', '--host', 'a', '--pass', 'hunter2'],
    ['--password=hunter2', 'profile', 'add', 'p'],
    ['send', '--token', 'hunter2'],
    ['send', '--secret=hunter2'],
    ['check', '--smtp-password', 'hunter2'],
  ])('says how a secret is given, and does not repeat it: %j', async (...args) => {
    const { code, stdout, stderr } = await cli.run(args, { stdin: {} })
    expect(code).toBe(64)
    expect(JSON.parse(stdout).error.message).toMatch(/; secrets are never arguments.*--password-variable/)
    expect(stdout + stderr).not.toContain('hunter2')
  })

  it('speaks of no secrets where none was given', async () => {
    for (const args of [
      ['profile', 'add', 'p', 'q', '--password-variable', 'X'],
      ['send', '--passive'],
    ])
      expect((await cli.run(args, { stdin: {} })).stderr).not.toContain('secrets')
  })

  it('writes no control characters that came as arguments', async () => {
    const { stderr, stdout } = await cli.run(['se\u001b[2Jnd', '--json'])
    expect(stderr + stdout).not.toContain('\u001b')
  })
})

describe('at a terminal', () => {
  it('says on stderr alone what was wrong', async () => {
    const { code, stdout, cwd } = await cli.runInTerminal(['send', '--dryrun'])
    expect(code).toBe(64)
    expect(stdout).toBe('')
    expect(await readFile(`${cwd}/stderr.txt`, 'utf8')).toMatch(/^incident-mailer: unknown option '--dryrun'/)
  })

  it('prints the object with --json', async () => {
    const result = await cli.runInTerminal(['send', '--dryrun', '--json'])
    expect(objectOn(result).error.code).toBe('USAGE')
  })

  it('does not wait for a job that nobody types', async () => {
    for (const command of ['send', 'render']) {
      const { code, cwd } = await cli.runInTerminal([command])
      expect(code).toBe(64)
      expect(await readFile(`${cwd}/stderr.txt`, 'utf8')).toContain('--job FILE')
    }
  })
})

describe('a reader who has gone', () => {
  it.each([
    ['stderr', 'echo "{" | "$0" "$1" send --json 2> >(exec true)'],
    ['stdout', 'echo "{" | "$0" "$1" send --json > >(exec true)'],
  ])('of %s changes nothing of how it ends', async (stream, script) => {
    const { code, stdout } = await bash(script)
    expect(code).toBe(65)
    if (stream !== 'stdout') expect(JSON.parse(stdout).error).toMatchObject({ code: 'INVALID_REQUEST' })
  })
})

/** Runs a line of bash; `$0` is node, `$1` the command line. */
async function bash(script: string) {
  const child = spawn('bash', ['-c', script, process.execPath, cli.main], {
    cwd: await cli.folder({}),
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [stdout, code] = await Promise.all([
    text(child.stdout),
    new Promise((resolve) => child.once('exit', resolve)),
  ])
  return { code, stdout }
}
