import { spawnSync } from 'node:child_process'
import { link, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { refuseOverwrite } from '../../src/cli/refuse-overwrite.js'
import { person } from '../certificates/certificates.js'
import { alice, bob, encryptedFor, messageOf, signedBy, trust } from '../smime/reading/messages.js'
import { type BuiltCli, buildCli, objectOn } from './built-cli.js'

let cli: BuiltCli
beforeAll(async () => {
  cli = await buildCli()
})
afterAll(() => cli.remove())

const people = ['a@example.com', 'b@example.com']
const JOB = {
  ...{ from: 'soc@example.com', subject: 'x', body: 'x', to: people[0], bcc: people[1] },
  encryptionCertificates: people.map((address) => person(address).pem),
}

/** A folder with what commands read, also by other paths. */
async function folder() {
  const identity = { certificate: bob().certificate, privateKey: bob().key }
  const config = { transport: { folder: 'outbox' }, smime: { trust: trust(), identity } }
  const cwd = await cli.folder({
    'incident-mailer.json': config,
    'job.json': JOB,
    'mail.eml.2': JOB,
    'signed.eml': messageOf(signedBy([alice()])),
    'secret.eml': messageOf(encryptedFor([bob()])),
  })
  await symlink('job.json', join(cwd, 'symbolic'))
  await link(join(cwd, 'job.json'), join(cwd, 'hard'))
  await symlink('.', join(cwd, 'here'))
  return cwd
}

/** What each file of a folder holds. */
async function contents(cwd: string) {
  const entries = await readdir(cwd)
  return Object.fromEntries(
    await Promise.all(
      entries.map(async (name) => [name, await readFile(join(cwd, name)).catch(() => null)] as const),
    ),
  )
}

describe('what a command reads is not what it writes', () => {
  it.each([
    [['send', '--job', 'job.json', '--eml', 'job.json'], 'job.json', 'the job (job.json)'],
    [['send', '--job', 'job.json', '--eml', './here/job.json'], './here/job.json', 'the job (job.json)'],
    [['send', '--job', 'job.json', '--eml', 'symbolic'], 'symbolic', 'the job (job.json)'],
    [['send', '--job', 'symbolic', '--eml', 'job.json'], 'job.json', 'the job (symbolic)'],
    [['send', '--job', 'job.json', '--eml', 'hard'], 'hard', 'the job (job.json)'],
    [['send', '--job', 'mail.eml.2', '--eml', 'mail.eml'], 'mail.eml.2', 'the job (mail.eml.2)'],
    [
      ['send', '--dry-run', '--job', 'job.json', '--eml', 'incident-mailer.json'],
      ...['incident-mailer.json', 'the config file ('],
    ],
    [
      ['send', '--config', 'incident-mailer.json', '--job', 'job.json', '--eml', 'here/incident-mailer.json'],
      ...['here/incident-mailer.json', 'the config file ('],
    ],
    [['verify', 'signed.eml', '--out', 'signed.eml'], 'signed.eml', 'the message (signed.eml)'],
    [['verify', 'signed.eml', '--out', 'incident-mailer.json'], 'incident-mailer.json', 'the config file ('],
    [['decrypt', 'secret.eml', '--out', 'here/secret.eml'], 'here/secret.eml', 'the message (secret.eml)'],
    [['decrypt', 'secret.eml', '--out', 'incident-mailer.json'], 'incident-mailer.json', 'the config file ('],
  ])('%j is refused', async (args, path, input) => {
    const cwd = await folder()
    const before = await contents(cwd)
    const result = await cli.run(args, { cwd })
    expect(result.code).toBe(64)
    const { code, message } = objectOn(result).error
    expect(code).toBe('USAGE')
    expect(message).toContain(`would write ${path} over ${input}`)
    expect(await contents(cwd)).toEqual(before)
  })

  it.each([
    ['send --eml', 'job.json', 'the job (stdin)'],
    ['verify --out', 'signed.eml', 'the message (stdin)'],
    ['decrypt --out', 'secret.eml', 'the message (stdin)'],
  ])('%s is refused the file that the shell reads from', async (command, file, input) => {
    const cwd = await folder()
    const before = await contents(cwd)
    const script = `"$0" "$1" ${command} ${file} < ${file}`
    const result = spawnSync('bash', ['-c', script, process.execPath, cli.main], { cwd, encoding: 'utf8' })
    expect(result.status).toBe(64)
    expect(JSON.parse(result.stdout).error.message).toContain(`would write ${file} over ${input}`)
    expect(await contents(cwd)).toEqual(before)
  })

  it('but a device is, of which nothing can be lost', async () => {
    const inputs = { what: 'message', file: '/dev/null', config: undefined } as const
    await refuseOverwrite('--out', ['/dev/null'], inputs)
  })

  it('but another file is, also one that holds the same or has the same name', async () => {
    const cwd = await folder()
    await writeFile(join(cwd, 'copy'), JSON.stringify(JOB))
    await mkdir(join(cwd, 'elsewhere'))
    for (const args of [
      ['send', '--job', 'job.json', '--eml', 'copy'],
      ['send', '--job', 'job.json', '--eml', 'elsewhere/job.json'],
      ['verify', 'signed.eml', '--out', 'elsewhere/signed.eml'],
      ['decrypt', 'secret.eml', '--out', 'secret'],
    ])
      expect(await cli.run(args, { cwd })).toMatchObject({ code: 0 })
  })
})
