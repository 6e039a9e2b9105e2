import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type BuiltCli, buildCli } from '../../cli/built-cli.js'

/** FUZZ_RUNS=1000000 for a long one; FUZZ_SEED for others than those of every run. */
const runs = Number(process.env.FUZZ_RUNS ?? 6000)
/** What one template may take, in milliseconds, far above the engine's own two seconds; then something has hung. */
const killLimit = 30_000

let built: BuiltCli
let folder = ''
beforeAll(async () => {
  built = await buildCli({ 'fuzz-process': 'test/jinja/fuzz/fuzz-process.mjs' })
  folder = await mkdtemp(join(tmpdir(), 'fuzz-'))
})
afterAll(async () => {
  await built.remove()
  await rm(folder, { recursive: true })
})

it('random templates over random data end with text or a typed error, and leave nothing behind', {
  timeout: 120_000 + runs * 50,
}, async () => {
  const child = fork(join(built.dist, 'fuzz-process.js'), [folder], {
    env: { ...process.env, FUZZ_RUNS: String(runs) },
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  if (!child.stdout || !child.stderr) throw new Error('the process has no output')
  let last: unknown
  let watchdog = setTimeout(() => {}, 0)
  child.on('message', (current) => {
    last = current
    clearTimeout(watchdog)
    watchdog = setTimeout(() => child.kill('SIGKILL'), killLimit)
  })
  const [printed, failure, [code, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ])
  clearTimeout(watchdog)
  expect(signal, `killed at ${JSON.stringify(last)}`).toBeNull()
  expect([code, failure]).toEqual([0, ''])
  // It found texts and errors of every kind that comes about at all, so it looked at something.
  const { text: texts, error, syntax, missing, undefined: strict, nesting } = JSON.parse(printed)
  expect(Math.min(texts, error, syntax, missing, strict, nesting)).toBeGreaterThan(0)
  expect(texts).toBeGreaterThan(runs / 10)
})
