// Records what Jinja2 gives for every case in test/jinja/python/matrix.ts, for machines without Python.
// Needs Debian's python3-jinja2. Run it after a change to the matrix: node scripts/record-matrix.mjs
import { spawnSync } from 'node:child_process'

const { status } = spawnSync('npx', ['vitest', 'run', 'test/jinja/python/matrix.test.ts'], {
  stdio: 'inherit',
  env: { ...process.env, RECORD_JINJA2: '1' },
})
process.exitCode = status ?? 1
