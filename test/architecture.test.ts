import { readdirSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, join, relative } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

const { bundled }: { bundled: readonly string[] } = await import(
  new URL('../scripts/bundle.mjs', import.meta.url).href
)

/** One import: in which file under src/, and of what: a package's name, or a path under src/. */
interface Import {
  readonly file: string
  readonly target: string
  readonly own: boolean
}

const root = join(import.meta.dirname, '..')
const src = join(root, 'src')
const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => ({ file, text: readFileSync(join(src, file), 'utf8') }))
const imports = files.flatMap(({ file, text }) =>
  ts.preProcessFile(text).importedFiles.map(({ fileName }) => toImport(file, fileName)),
)
const stages = ['render', 'compose', 'smime', 'deliver']

describe('the rooms of the house', () => {
  it.each(stages)('%s/ imports no other stage', (stage) => {
    const others = stages.filter((other) => other !== stage)
    expect(ownImports(stage).filter(({ target }) => others.includes(room(target)))).toEqual([])
  })

  it.each([...stages, 'jinja', 'incident', 'oauth', 'network'])(
    '%s/ knows nothing of what stands above it',
    (folder) => {
      const above = [
        'index.js',
        'notifier',
        'config',
        'preview',
        'cli',
        ...(stages.includes(folder) ? [] : stages),
      ]
      expect(ownImports(folder).filter(({ target }) => above.includes(room(target)))).toEqual([])
    },
  )

  it('jinja/ imports nothing of ours', () => {
    expect(ownImports('jinja').filter(({ target }) => room(target) !== 'jinja')).toEqual([])
  })

  it.each([
    { name: 'nunjucks', rooms: ['jinja'] },
    { name: 'nodemailer', rooms: ['compose', 'deliver'] },
    { name: 'node-forge', rooms: ['smime'] },
  ])('$name is imported in $rooms alone', ({ name, rooms }) => {
    const importers = imports.filter(({ own, target }) => !own && target === name)
    expect(importers.length).toBeGreaterThan(0)
    expect(importers.filter(({ file }) => !rooms.includes(room(file)))).toEqual([])
  })

  it('every package that is imported is a dependency or in the bundle, and every dependency is imported', () => {
    const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    const packages = imports.filter(({ own, target }) => !own && !isBuiltin(target))
    expect([...new Set(packages.map(({ target }) => target))].sort()).toEqual(
      [...Object.keys({ ...dependencies, ...peerDependencies }), ...bundled].sort(),
    )
  })

  it.each(files.filter(({ file }) => file.endsWith('index.ts')))(
    '$file re-exports only',
    ({ file, text }) => {
      const { statements } = ts.createSourceFile(file, text, ts.ScriptTarget.Latest)
      const others = statements.filter((node) => !ts.isExportDeclaration(node) || !node.moduleSpecifier)
      expect(others.map((node) => text.slice(node.pos, node.end))).toEqual([])
    },
  )
})

function toImport(file: string, specifier: string): Import {
  if (specifier.startsWith('.')) {
    return { file, target: relative(src, join(src, dirname(file), specifier)), own: true }
  }
  const [scope, name] = specifier.split('/')
  return { file, target: specifier.startsWith('@') ? `${scope}/${name}` : `${scope}`, own: false }
}

function ownImports(folder: string): Import[] {
  return imports.filter(({ file, own }) => own && room(file) === folder)
}

function room(path: string): string {
  return path.split('/')[0] ?? path
}
