// Asks OpenSSL, NSS and gpgsm to read what we write, prints who reads what, and writes it into docs/guides/smime.md.
// The rows are in test/smime/matrix/rows.ts: npm run matrix
import { spawnSync } from 'node:child_process'

const { status } = spawnSync('npx', ['vitest', 'run', 'test/smime/matrix'], {
  stdio: 'inherit',
  env: { ...process.env, WRITE_MATRIX: '1' },
})
process.exitCode = status ?? 1
