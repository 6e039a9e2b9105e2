import { spawn } from 'node:child_process'

/** What a program did. */
export interface Run {
  readonly ok: boolean
  readonly stdout: Buffer
  readonly says: string
}

/** Runs a program to its end, however that is. */
export function run(program: string, args: readonly string[], input: string | Buffer = ''): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'pipe' })
    const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []]
    child.stdout.on('data', (chunk) => stdout.push(chunk))
    child.stderr.on('data', (chunk) => stderr.push(chunk))
    child.on('error', reject)
    child.on('close', (code) =>
      resolve({ ok: code === 0, stdout: Buffer.concat(stdout), says: Buffer.concat(stderr).toString() }),
    )
    // A program that fails early does not read to the end.
    child.stdin.on('error', () => {})
    child.stdin.end(input)
  })
}

/** Runs a program that has to succeed. */
export async function mustRun(
  program: string,
  args: readonly string[],
  input: string | Buffer = '',
): Promise<Run> {
  const done = await run(program, args, input)
  if (!done.ok) throw new Error(`${program} ${args.join(' ')} failed: ${done.says} ${done.stdout}`)
  return done
}
