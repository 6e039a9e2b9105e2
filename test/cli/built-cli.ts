import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'

type Bundle = (folder: string, more: Readonly<Record<string, string>>) => Promise<BuiltCli['sources']>
const { bundle }: { bundle: Bundle } = await import(new URL('../../scripts/bundle.mjs', import.meta.url).href)

/** How a command is called. */
export interface Call {
  /** What stdin holds; what is no string goes as JSON. Default: nothing. */
  readonly stdin?: unknown
  /** Variables beside PATH. Default: none. */
  readonly env?: Readonly<Record<string, string>>
  /** Default: a new, empty folder. */
  readonly cwd?: string
}

/** What a command did. */
export interface Result {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  readonly cwd: string
}

/** The command line as a package installs it: bundled, beside its templates and package.json. */
export interface BuiltCli {
  readonly dist: string
  /** The sources that went into each file of `dist`. */
  readonly sources: ReadonlyMap<string, readonly string[]>
  readonly main: string
  /** Runs a command to its end. */
  run(args: readonly string[], call?: Call): Promise<Result>
  /** Starts a command that goes on. */
  start(args: readonly string[], call?: Call): Promise<ChildProcess & { cwd: string }>
  /** Runs a command with a terminal for its stdout and, without `stdin`, for its stdin. */
  runInTerminal(args: readonly string[], call?: Call): Promise<Result>
  /** Makes a folder with these files; what is no string is written as JSON. */
  folder(files: Readonly<Record<string, unknown>>): Promise<string>
  remove(): Promise<void>
}

/** Bundles the sources as a package holds them, with more entries where a test asks for them. */
export async function buildCli(more: Readonly<Record<string, string>> = {}): Promise<BuiltCli> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'cli-')))
  for (const name of ['node_modules', 'templates', 'preview', 'examples', 'package.json'])
    await symlink(resolve(name), join(root, name))
  const dist = join(root, 'dist')
  const sources = await bundle(dist, more)
  const main = join(dist, 'cli/main.js')
  let folders = 0

  async function folder(files: Readonly<Record<string, unknown>>): Promise<string> {
    const path = join(root, `cwd-${++folders}`)
    await mkdir(path)
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(path, name)), { recursive: true })
      const isRaw = typeof content === 'string' || content instanceof Uint8Array
      await writeFile(join(path, name), isRaw ? content : JSON.stringify(content))
    }
    return path
  }

  async function launch(command: string, args: readonly string[], { stdin, env, cwd }: Call) {
    const path = cwd ?? (await folder({}))
    const child = spawn(command, args, { cwd: path, env: { PATH: process.env.PATH, ...env } })
    // A command that does not read its stdin closes it.
    child.stdin.on('error', () => {})
    if (stdin !== undefined) child.stdin.write(typeof stdin === 'string' ? stdin : JSON.stringify(stdin))
    return { child, path }
  }

  async function finish(command: string, args: readonly string[], call: Call): Promise<Result> {
    const { child, path } = await launch(command, args, call)
    child.stdin.end()
    const [stdout, stderr, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close') as Promise<[number | null]>,
    ])
    return { code, stdout, stderr, cwd: path }
  }

  return {
    dist,
    sources,
    main,
    folder,
    run: (args, call = {}) => finish(process.execPath, [main, ...args], call),
    async start(args, call = {}) {
      const { child, path } = await launch(process.execPath, [main, ...args], call)
      return Object.assign(child, { cwd: path })
    },
    async runInTerminal(args, { stdin, ...call } = {}) {
      const cwd = call.cwd ?? (await folder({}))
      const words = [process.execPath, main, ...args].map((word) => `'${word}'`)
      if (stdin !== undefined) {
        await writeFile(join(cwd, 'stdin.json'), typeof stdin === 'string' ? stdin : JSON.stringify(stdin))
        words.push('< stdin.json')
      }
      // -e: end as the command ends.
      return await finish('script', ['-qec', `${words.join(' ')} 2>stderr.txt`, '/dev/null'], {
        ...call,
        cwd,
      })
    },
    remove: () => rm(root, { recursive: true }),
  }
}

/** The one object that stdout has to hold. */
export function objectOn(result: Result) {
  return JSON.parse(result.stdout)
}
