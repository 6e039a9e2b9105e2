// Runs every numbered example in a folder of its own, as CI does: `npm run examples`.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const examples = fileURLToPath(new URL('.', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'incident-mailer-examples-'))
const bin = join(examples, '../dist/cli/main.js')
writeFileSync(join(folder, 'incident-mailer'), `#!/bin/sh\nexec "${process.execPath}" "${bin}" "$@"\n`, {
  mode: 0o755,
})
const env = { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH}` }

const names = readdirSync(examples).filter((name) => /^\d\d-.*\.(mjs|sh)$/.test(name))
if (names.length === 0) throw new Error('no examples found')
for (const name of names) {
  console.log(`\n# ${name}`)
  const command = name.endsWith('.sh') ? 'bash' : process.execPath
  execFileSync(command, [join(examples, name)], { cwd: folder, env, stdio: ['ignore', 'inherit', 'inherit'] })
}
rmSync(folder, { recursive: true })
console.log(`\n${names.length} examples ran`)
