// Writes dist: the sources, in a few files instead of some hundreds, since a process that sends one mail spends most
// of its time on reading code. `npm run build` runs it; the tests of the command line bundle into a folder of theirs.
import { copyFile, mkdir, rm } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'rolldown'

const root = fileURLToPath(new URL('..', import.meta.url))
const isMain = process.argv[1] === fileURLToPath(import.meta.url)

/** What has a name of its own in the package: its exports, its command, and the program that `isolated` starts. */
const entries = {
  index: 'src/index.ts',
  'smime/index': 'src/smime/index.ts',
  vitest: 'src/vitest.ts',
  'cli/main': 'src/cli/main.ts',
  'render/isolated/child': 'src/render/isolated/child.ts',
}

/** Packages that go into the bundle, where most of them is left out: reading all of zod takes longer than a send. */
export const bundled = ['zod']

/**
 * Bundles into a folder, and gives the sources that went into each file.
 *
 * @param {string} folder
 * @param {Readonly<Record<string, string>>} more - entries beside the package's own
 * @returns {Promise<ReadonlyMap<string, readonly string[]>>}
 */
export async function bundle(folder, more = {}) {
  await rm(join(folder, 'chunks'), { recursive: true, force: true })
  const { output } = await build({
    cwd: root,
    input: { ...entries, ...more },
    platform: 'node',
    external: (name) =>
      !name.startsWith('.') && !isAbsolute(name) && !bundled.some((known) => name.split('/')[0] === known),
    output: { dir: folder, chunkFileNames: 'chunks/[name].js', comments: { jsdoc: false } },
    logLevel: 'warn',
  })
  await mkdir(join(folder, 'licenses'), { recursive: true })
  for (const name of bundled) {
    await copyFile(join(root, 'node_modules', name, 'LICENSE'), join(folder, 'licenses', `${name}.txt`))
  }
  return new Map(output.map(({ fileName, moduleIds = [] }) => [fileName, moduleIds]))
}

if (isMain) await bundle(join(root, 'dist'))
