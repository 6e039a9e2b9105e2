// Checks every fenced code block of the README and the guides, as CI does: `npm run code-blocks`.
//
//   ts, js          compiled against the built package, as strictly as TypeScript can, then run
//   sh, console     run by bash; of console the lines that start with `$ `
//   json, yaml      parsed, and held against the schema that the info string names: ```json job
//   others          shown, not checked
//
// The blocks of one document run in one folder, in order. In the info string, `no-run` leaves a block at being
// compiled, and `file=NAME` writes it there for the blocks below it.
import { execFile } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Ajv2020 } from 'ajv/dist/2020.js'
import ts from 'typescript'
import YAML from 'yaml'

const root = fileURLToPath(new URL('..', import.meta.url))
const { bin, dependencies, peerDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const guides = readdirSync(join(root, 'docs/guides')).filter((name) => name.endsWith('.md'))
const documents = ['README.md', ...guides.map((name) => `docs/guides/${name}`)]

const project = makeProject()
const blocks = documents.flatMap(readBlocks)
const complaints = compile(blocks.filter(({ language }) => /^[jt]s$/.test(language)))
const checks = { ts: runProgram, js: runProgram, sh: runShell, console: runShell, json: parse, yaml: parse }

let failed = 0
for (const block of blocks) {
  const { place, language, words, code } = block
  let result
  try {
    const file = words.find((word) => word.startsWith('file='))?.slice('file='.length)
    if (file) writeFile(join(block.folder, file), code)
    if (language === '') throw new Error('say in which language it is; `text` for none')
    const check = Object.hasOwn(checks, language) ? checks[language] : undefined
    result = check ? await check(block) : `skipped: ${language} is only shown`
  } catch (error) {
    failed += 1
    result = `FAILED\n${error.stdout ?? ''}${error.message}`.trimEnd().replaceAll('\n', '\n    ')
  }
  console.log(`${place.padEnd(32)} ${language.padEnd(8)} ${result}`)
}
rmSync(project, { recursive: true })
console.log(`\n${blocks.length} code blocks, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0

/** A folder in which this package and its dependencies are installed, as they would be for a user. */
function makeProject() {
  const folder = mkdtempSync(join(tmpdir(), 'incident-mailer-blocks-'))
  const modules = join(folder, 'node_modules')
  mkdirSync(join(modules, '.bin'), { recursive: true })
  symlinkSync(root, join(modules, 'incident-mailer'))
  // Of a package with a scope, the whole scope: @opentelemetry/api, and what it is of use with.
  const names = Object.keys({ ...dependencies, ...peerDependencies }).map((name) => name.split('/')[0])
  for (const name of [...new Set(names), '@types']) {
    symlinkSync(join(root, 'node_modules', name), join(modules, name))
  }
  for (const [name, path] of Object.entries(bin)) {
    const script = `#!/bin/sh\nexec node '${join(root, path)}' "$@"\n`
    writeFileSync(join(modules, '.bin', name), script, { mode: 0o755 })
  }
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n')
  return folder
}

/** @param {string} document A path relative to the root. */
function readBlocks(document) {
  const folder = join(project, basename(document, '.md').toLowerCase())
  mkdirSync(folder)
  const text = readFileSync(join(root, document), 'utf8')
  return [...text.matchAll(/^(`{3,})(.*)\n([\s\S]*?)^\1 *$/gm)].map(([, , info, code], index) => {
    const [language, ...words] = info.trim().split(/\s+/)
    const line = text.slice(0, text.indexOf(`${info}\n${code}`)).split('\n').length
    const extension = language === 'js' ? 'mjs' : 'mts'
    const source = join(project, 'src', `${basename(document, '.md')}-${index}.${extension}`)
    return { place: `${document}:${line}`, language, words, code, folder, source }
  })
}

/** Compiles all programs at once; returns what the compiler says of each, by its file. */
function compile(programs) {
  for (const { source, code } of programs) writeFile(source, code)
  const program = ts.createProgram(
    programs.map(({ source }) => source),
    {
      ...{ module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2023, lib: ['lib.es2023.d.ts'] },
      // As strict as anybody's settings are.
      ...{ exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
      ...{ strict: true, skipLibCheck: true, allowJs: true, checkJs: true, types: ['node'] },
      ...{ moduleDetection: ts.ModuleDetectionKind.Force, typeRoots: [join(root, 'node_modules/@types')] },
      ...{ rootDir: join(project, 'src'), outDir: join(project, 'run') },
    },
  )
  program.emit()
  const host = { getCurrentDirectory: () => project, getCanonicalFileName: String, getNewLine: () => '\n' }
  return Object.fromEntries(
    programs.map(({ source }) => {
      const file = program.getSourceFile(source)
      const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]
      return [source, ts.formatDiagnostics(found, host)]
    }),
  )
}

async function runProgram({ source, words, folder }) {
  if (complaints[source]) throw new Error(complaints[source])
  if (words.includes('no-run')) return 'compiled'
  await run(process.execPath, [join(project, 'run', basename(source).replace(/\.mts$/, '.mjs'))], folder)
  return 'compiled and run'
}

async function runShell({ language, words, code, folder }) {
  const commands = language === 'sh' ? code : promptedLines(code)
  if (words.includes('no-run')) return 'skipped: marked no-run'
  const lines = commands.split('\n').filter((line) => line.trim() && !line.startsWith('#'))
  if (lines.length === 0) throw new Error('no command: start the lines that are one with `$ `')
  if (lines.every((line) => /^npm (ci|install|start|test|run)\b/.test(line))) {
    return 'skipped: CI runs npm itself'
  }
  await run('bash', ['-euo', 'pipefail', '-c', commands], folder)
  return 'run'
}

/** The lines that start with `$ `, each with those that it continues on. */
function promptedLines(code) {
  return [...code.matchAll(/^\$ ((?:.*\\\n)*.*)$/gm)].map(([, command]) => command).join('\n')
}

async function parse({ language, words, code }) {
  const value = language === 'json' ? JSON.parse(code) : YAML.parse(code)
  const name = words.find((word) => !word.includes('='))
  if (!name) return 'parsed'
  const schema = JSON.parse(readFileSync(join(root, `schemas/${name}.schema.json`), 'utf8'))
  const ajv = new Ajv2020({ allowUnionTypes: true, validateFormats: false })
  if (!ajv.validate(schema, value)) throw new Error(ajv.errorsText())
  return `a valid ${name}`
}

async function run(command, args, cwd) {
  const PATH = `${join(project, 'node_modules/.bin')}${delimiter}${process.env.PATH}`
  const running = promisify(execFile)(command, args, { cwd, env: { ...process.env, PATH }, timeout: 60_000 })
  running.child.stdin?.end()
  await running
}

function writeFile(path, content) {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
}
