// Installs the package as npm would publish it into an empty folder, without what is there for developing, and uses
// it there: the command line, the exports, and the types. `npm run packaging` runs it.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = await mkdtemp(join(tmpdir(), 'packed-'))
const call = promisify(execFile)
const run = async (program, args, cwd = folder) => (await call(program, args, { cwd })).stdout

const CONSUMER = `
import { createNotifier, type DeliveryReport, type NotifierOptions } from 'incident-mailer'
import { loadIdentity, smime } from 'incident-mailer/smime'

const options: NotifierOptions = { from: 'soc@example.com', transport: { folder: 'out' } }
const notifier = await createNotifier(options)
const report: DeliveryReport = await notifier.send({ to: 'ciso@example.com', subject: 'S', body: 'B' })
console.log(report.outcome, typeof loadIdentity, typeof smime)
await notifier.close()
`
const ISOLATED = `
import { render } from 'incident-mailer'
const stage = render({ isolated: true })
const incident = { id: 1, name: 'Lost laptop', severity_code: 'Low' }
console.log((await stage({ template: 'incident-summary', incident }, {})).subject)
await stage.close()
`

try {
  // Built anew by its prepack: what an older build left behind must not stand in for a file that is missing.
  await run('npm', ['pack', '--pack-destination', folder], root)
  const [tarball] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'))
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  const quietly = ['--no-audit', '--no-fund', '--prefer-offline', '--omit=peer']
  await run('npm', ['install', ...quietly, join(folder, tarball)])
  const main = join(folder, 'node_modules/.bin/incident-mailer')

  await expecting('the command says its version', /^\d+\.\d+\.\d+\n$/, run(main, ['--version']))
  await expecting('the built-in templates are there', /incident-summary/, run(main, ['template', 'list']))
  await expecting('the example incidents are there', /\.html/, gallery(main))
  await expecting("the preview's page is there", /<!doctype html>/i, previewPage(main))
  await writeFile(join(folder, 'isolated.mjs'), ISOLATED)
  await expecting('templates render in processes of their own', /Lost laptop/, run('node', ['isolated.mjs']))
  await writeFile(join(folder, 'consumer.mts'), CONSUMER)
  await run(join(root, 'node_modules/.bin/tsc'), [
    ...['--module', 'nodenext', '--target', 'es2023', '--strict', '--types', 'node'],
    ...['--typeRoots', join(root, 'node_modules/@types'), 'consumer.mts'],
  ])
  await expecting(
    'the exports have their types, and work',
    /^sent function function/,
    run('node', ['consumer.mjs']),
  )
} finally {
  await rm(folder, { recursive: true })
}

/** Writes a page for every example incident. */
async function gallery(main) {
  await run(main, ['preview', 'incident-summary', '--once', '--out', 'gallery', '--no-pictures'])
  return (await readdir(join(folder, 'gallery'))).join('\n')
}

/** What a browser gets first of a running preview. */
async function previewPage(main) {
  const server = spawn(main, ['preview', '--port', '0'], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  try {
    for await (const line of createInterface(server.stderr)) {
      const [url] = /http:\S+/.exec(line) ?? []
      if (url) return await (await fetch(url)).text()
    }
    throw new Error('the preview does not say where it is')
  } finally {
    server.kill()
    await once(server, 'close')
  }
}

async function expecting(what, pattern, work) {
  const found = await work
  if (!pattern.test(found))
    throw new Error(`${what}: not in the packed package; it gave ${found.slice(0, 500)}`)
  console.log(`packed: ${what}`)
}
