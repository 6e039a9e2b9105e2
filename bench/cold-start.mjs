// A mail from a cold process, beside scripts that a person would write for it alone: whole processes in turns.
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SMTPServer } from 'smtp-server'
import { print, relative } from './measure.mjs'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const MAILER = here('../dist/cli/main.js')
const CPU_TIME = here('./cold/cpu-time.mjs')
const TEMPLATE = here('./cold/template.njk')
const TURNS = 15

export async function coldStartBench() {
  let arrived = 0
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData(stream, _, done) {
      stream.resume().on('end', () => {
        arrived++
        done()
      })
    },
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.server.address()
  const folder = await mkdtemp(join(tmpdir(), 'cold-start-'))
  try {
    const written = async (name, content) => {
      const file = join(folder, name)
      await writeFile(file, JSON.stringify(content))
      return file
    }
    const to = 'ciso@example.com'
    const config = await written('incident-mailer.json', {
      from: 'soc@example.com',
      transport: { host: '127.0.0.1', port, tls: 'none' },
      templates: { cold: TEMPLATE },
    })
    const plain = await written('plain.json', { to, subject: 'All quiet', body: 'Nothing happened tonight.' })
    const templated = await written('templated.json', {
      to,
      subject: 'Phishing wave',
      template: 'cold',
      incident: { id: 2139, name: 'Phishing wave', severity_code: 'High' },
    })
    const mailer = (file) => [MAILER, 'send', '--config', config, '--job', file]
    for (const [title, script, file] of [
      ['plain-text body, beside nodemailer', 'plain.mjs', plain],
      ['template, beside nunjucks, cheerio, html-to-text and nodemailer', 'templated.mjs', templated],
    ]) {
      const { wall, cpu } = await inTurns({
        'a script by hand': [here(`./cold/${script}`), String(port)],
        'incident-mailer send': mailer(file),
      })
      print(`One mail from a cold process, ${title}: until it has ended`, relative(wall))
      print('  of which processor time', relative(cpu))
    }
    if (arrived !== 4 * (TURNS + 1)) throw new Error(`${arrived} mails arrived`)
  } finally {
    await new Promise((resolve) => server.close(resolve))
    await rm(folder, { recursive: true })
  }
}

/** Runs programs in turns, after once for the disk's cache, and notes the milliseconds of each run. */
async function inTurns(programs) {
  const names = Object.keys(programs)
  const wall = Object.fromEntries(names.map((name) => [name, []]))
  const cpu = Object.fromEntries(names.map((name) => [name, []]))
  for (const name of names) await timed(programs[name])
  for (let turn = 0; turn < TURNS; turn++) {
    for (const name of names) {
      const taken = await timed(programs[name])
      wall[name].push(taken.wall)
      cpu[name].push(taken.cpu)
    }
  }
  return { wall, cpu }
}

/** Runs a Node program; its processor time comes over descriptor 3. */
async function timed(args) {
  const started = performance.now()
  const child = spawn(process.execPath, ['--import', CPU_TIME, ...args], {
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
  })
  let cpu = ''
  child.stdio[3].on('data', (chunk) => {
    cpu += chunk
  })
  const code = await new Promise((resolve) => child.on('close', resolve))
  const wall = performance.now() - started
  if (code !== 0) throw new Error(`${args[0]} ended with ${code}`)
  return { wall, cpu: Number(cpu) }
}
