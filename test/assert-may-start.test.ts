import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BuiltCli, buildCli } from './cli/built-cli.js'

let built: BuiltCli
beforeAll(async () => {
  built = await buildCli()
})
afterAll(() => built.remove())

/** Makes a notifier in a program that Node's permission model keeps from writing, and from what no flag allows. */
async function made(options: object, ...flags: string[]) {
  const permission = process.allowedNodeEnvironmentFlags.has('--permission')
    ? '--permission'
    : '--experimental-permission'
  const cwd = await built.folder({})
  const script = join(cwd, 'restricted.mjs')
  await writeFile(
    script,
    `import { createNotifier } from ${JSON.stringify(pathToFileURL(join(built.dist, 'index.js')).href)}
    const mail = { to: 'a@example.com', subject: 'S', inlineTemplate: '{{ 6 * 7 }}' }
    try {
      const notifier = await createNotifier(${JSON.stringify({ from: 'soc@example.com', ...options })})
      console.log(JSON.stringify(await notifier.render(mail)))
      await notifier.close()
    } catch (thrown) {
      console.log(JSON.stringify(thrown))
    }`,
  )
  const run = spawnSync(process.execPath, [permission, '--allow-fs-read=*', ...flags, script], { cwd })
  return JSON.parse(run.stdout.toString())
}

describe('where Node lets a program start no other', () => {
  it.each([
    [{ isolated: true }, 'isolated'],
    [{ transport: { sendmail: '/usr/sbin/sendmail' } }, 'transport.sendmail'],
  ])('%j is refused at once, with the flag that allows it', async (options, field) => {
    expect(await made(options)).toMatchObject({
      ...{ code: 'INVALID_CONFIG', field },
      message: expect.stringContaining(`${field} starts another process`),
    })
    expect(await made(options, '--allow-child-process')).toMatchObject({ text: '42' })
  })

  it('all else works', async () => {
    expect(await made({ transport: { folder: './out' } })).toMatchObject({ text: '42' })
  })
})
