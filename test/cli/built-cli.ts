import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import ts from 'typescript'

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

/** The command line as a package installs it: compiled, beside its templates and package.json. */
export interface BuiltCli {
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

/** Compiles the sources file by file, without the types, which `npm run types` checks. */
export async function buildCli(): Promise<BuiltCli> {
  const root = await mkdtemp(join(tmpdir(), 'cli-'))
  for (const name of ['node_modules', 'templates', 'preview', 'examples', 'package.json'])
    await symlink(resolve(name), join(root, name))
  for (const file of await readdir('src', { recursive: true })) {
    if (!file.endsWith('.ts') || file.endsWith('.d.ts')) continue
    const { outputText } = ts.transpileModule(await readFile(join('src', file), 'utf8'), {
      compilerOptions: {
        module: ts.ModuleKind.ESNext,
        target: ts.ScriptTarget.ES2023,
        verbatimModuleSyntax: true,
      },
    })
    const target = join(root, 'dist', file.replace(/\.ts$/, '.js'))
    await mkdir(dirname(target), { recursive: true })
    await writeFile(target, outputText)
  }
  const main = join(root, 'dist/cli/main.js')
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
