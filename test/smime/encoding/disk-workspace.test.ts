import { mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { diskWorkspace } from '../../../src/smime/encoding/disk-workspace.js'

const newFolder = () => mkdtempSync(join(tmpdir(), 'workspace-'))
const chunks = (...sizes: number[]) => sizes.map((size, place) => Buffer.alloc(size, 0x61 + place))

it.each([[[]], [[1, 2]], [[1000, 1000]], [[1001, 5, 300_000]]])(
  'keeps octets of chunks of %j as they come',
  async (sizes) => {
    const workspace = diskWorkspace({ folder: newFolder(), mostInMemory: 1000 })
    const bytes = await workspace.keep(chunks(...sizes))
    expect(bytes.read(0, bytes.length).equals(Buffer.concat(chunks(...sizes)))).toBe(true)
    await workspace.close()
  },
)

it('has no name in its folder that somebody could open, and leaves nothing there', async () => {
  const folder = newFolder()
  const workspace = diskWorkspace({ folder, mostInMemory: 10 })
  function* watched() {
    yield* chunks(100, 100)
    expect(readdirSync(folder)).toEqual([])
    yield* chunks(100)
  }
  const bytes = await workspace.keep(watched())
  expect(bytes.length).toBe(300)
  await workspace.close()
  expect(() => bytes.octet(0)).toThrow()
  expect(readdirSync(folder)).toEqual([])
})

it('says where there is no room, and does not take an error of what comes for one of its own', async () => {
  const nowhere = diskWorkspace({ folder: '/nowhere', mostInMemory: 10 })
  await expect(nowhere.keep(chunks(100))).rejects.toMatchObject({
    code: 'FILE_UNWRITABLE',
    message: expect.stringContaining('/nowhere'),
  })
  const workspace = diskWorkspace({ folder: newFolder(), mostInMemory: 10 })
  function* failing() {
    yield* chunks(100)
    throw new Error('the tag is wrong')
  }
  await expect(workspace.keep(failing())).rejects.toThrow('the tag is wrong')
  await workspace.close()
})
