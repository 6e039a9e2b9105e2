import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, realpath, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { givenIncident } from '../../src/incident/given.js'
import { jsonFile } from '../../src/incident/json-file.js'
import { jsonFolder } from '../../src/incident/json-folder.js'

let root = ''
const inRoot = (...parts: string[]) => join(root, ...parts)
const write = (path: string, content: unknown) =>
  writeFile(inRoot(path), typeof content === 'string' ? content : JSON.stringify(content))

beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'incidents-')))
  await mkdir(inRoot('incidents', 'files'), { recursive: true })
  await mkdir(inRoot('incidents-private'))
  await write('incidents/files/mail.eml', 'mail')
  await write('secret.txt', 'secret')
  await write('incidents-private/secret.txt', 'secret')
  await symlink(inRoot('secret.txt'), inRoot('incidents', 'link.txt'))
  await symlink(inRoot('incidents', 'files', 'mail.eml'), inRoot('incidents', 'inside.eml'))
  await write('incidents/2139.json', {
    incident: { id: 2139, name: 'Lost' },
    attachments: [
      { name: 'mail.eml', path: './files/mail.eml' },
      { name: 'inside.eml', path: 'inside.eml' },
      { name: 'gone.eml', path: 'gone.eml' },
      { name: 'bytes', content: 'aGk=' },
    ],
  })
  await write('incidents/other-name.json', { incident: { id: 'INC-7' } })
  await write('incidents/nameless.json', { incident: { name: 'No id' } })
  await write('incidents/broken.json', '{ "incident": ')
  await write('9.json', { incident: { id: 9 } })
})
afterAll(() => rm(root, { recursive: true }))

describe('an incident file', () => {
  it('gives its incident by id, whether number or text', async () => {
    const source = jsonFile(inRoot('incidents', '2139.json'))
    expect((await source.get(2139, {}))?.incident.name).toBe('Lost')
    expect((await source.get('2139', {}))?.incident.name).toBe('Lost')
    expect(await source.get(2140, {})).toBeNull()
  })

  it('makes the paths of its files absolute, and says which folder they lie under', async () => {
    const file = await jsonFile(inRoot('incidents', '2139.json')).get(2139, {})
    expect(file?.folder).toBe(inRoot('incidents'))
    expect(file?.attachments?.map((each) => each.path ?? each.content)).toEqual([
      inRoot('incidents', 'files', 'mail.eml'),
      inRoot('incidents', 'files', 'mail.eml'),
      inRoot('incidents', 'gone.eml'),
      'aGk=',
    ])
  })

  it.each([
    '../secret.txt',
    'link.txt',
    '../incidents-private/secret.txt',
    '/etc/passwd',
    'files/../../secret.txt',
    '..',
    '.',
  ])('cannot name %s', async (path) => {
    await write('incidents/hostile.json', { incident: { id: 1 }, attachments: [{ name: 'x', path }] })
    await expect(jsonFile(inRoot('incidents', 'hostile.json')).get(1, {})).rejects.toMatchObject({
      code: 'FORBIDDEN_PATH',
    })
    await rm(inRoot('incidents', 'hostile.json'))
  })

  it.each([
    ['[]', 'one JSON object'],
    ['{"name": "x"}', '"incident"'],
    ['{"incident": []}', '"incident"'],
    ['{"incident": {"id": {}}}', '"incident.id"'],
    ['{"incident": {}, "artifacts": {}}', '"artifacts" has to be a list of objects'],
    ['{"incident": {}, "notes": ["x"]}', '"notes" has to be a list of objects'],
    ['{"incident": {}, "fields": []}', '"fields" has to be an object of objects'],
    ['{"incident": {}, "links": {}}', '"links.baseUrl"'],
    ['{"incident": {}, "attachments": [{"path": "x"}]}', '"attachments[0].name"'],
    ['{"incident": {}, "attachments": [{"name": "x"}]}', '"path" or "content"'],
    ['{"incident": {}, "attachments": [{"name": "x", "path": 1}]}', '"attachments[0].path"'],
    ['{ not json', 'is not JSON'],
  ])('%s is refused with what is wrong', async (content, message) => {
    const path = inRoot('wrong.json')
    await writeFile(path, content)
    const looked = jsonFile(path).get(1, {})
    await expect(looked).rejects.toMatchObject({
      code: 'INVALID_INCIDENT',
      message: expect.stringContaining(message),
    })
    await expect(looked).rejects.toThrow(path)
  })

  it('that is missing, or a folder, is named', async () => {
    await expect(jsonFile(inRoot('nope.json')).get(1, {})).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
    await expect(jsonFile(inRoot('incidents')).get(1, {})).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
  })

  it('that is a pipe or a device is not waited for', async () => {
    await mkdir(inRoot('pipes'))
    execFileSync('mkfifo', [inRoot('pipes', '2139.json')])
    await symlink('/dev/zero', inRoot('pipes', 'zero.json'))
    await write('pipes/real.json', { incident: { id: 5 } })
    for (const name of ['2139.json', 'zero.json']) {
      await expect(jsonFile(inRoot('pipes', name)).get(2139, {})).rejects.toMatchObject({
        code: 'FILE_UNREADABLE',
        message: expect.stringContaining('not a regular file'),
      })
    }
    const folder = jsonFolder(inRoot('pipes'))
    await expect(folder.get(2139, {})).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
    expect((await folder.get(5, {}))?.incident.id).toBe(5)
    expect(
      await folder.fetch?.([{ kind: 'query', conditions: [], fields: [], exclude: [] }], {}),
    ).toHaveLength(1)
  })

  it('that is larger than 64 MB is not read', async () => {
    const path = inRoot('huge.json')
    await writeFile(path, '{"incident":{"id":1}}')
    await truncate(path, 64 * 1024 * 1024 + 1)
    await expect(jsonFile(path).get(1, {})).rejects.toMatchObject({
      code: 'FILE_UNREADABLE',
      message: expect.stringContaining('67108864'),
    })
  })

  it('stops when it is told to', async () => {
    await expect(
      jsonFile(inRoot('incidents', '2139.json')).get(1, { signal: AbortSignal.abort() }),
    ).rejects.toThrow()
  })
})

describe('a folder of incident files', () => {
  it('finds by file name, and by the id in the file', async () => {
    const source = jsonFolder(inRoot('incidents'))
    expect((await source.get(2139, {}))?.incident.name).toBe('Lost')
    expect((await source.get('INC-7', {}))?.incident.id).toBe('INC-7')
    expect((await source.get('nameless', {}))?.incident.name).toBe('No id')
    expect(await source.get(1, {})).toBeNull()
  })

  it('finds an incident although another file is broken, and says so of its own', async () => {
    await expect(jsonFolder(inRoot('incidents')).get('INC-7', {})).resolves.not.toBeNull()
    await expect(jsonFolder(inRoot('incidents')).get('broken', {})).rejects.toMatchObject({
      code: 'INVALID_INCIDENT',
    })
  })

  it.each([
    '../9',
    '..%2f9',
    '/9',
    'files/../../9',
    '',
    '.',
    '..',
    'other-name.json',
    '2139.json\0',
    'x\\..\\9',
  ])('an id of %j leads nowhere', async (id) => {
    expect(await jsonFolder(inRoot('incidents')).get(id, {})).toBeNull()
    expect(await jsonFolder(inRoot('incidents')).get(id === '../9' ? `${root}/9` : id, {})).toBeNull()
  })

  it('that is missing is named', async () => {
    await expect(jsonFolder(inRoot('nope')).get(1, {})).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
  })
})

describe("a request's incident", () => {
  const source = { get: async (id: unknown) => (id === 5 ? { incident: { id: 5 } } : null) }

  it('is looked up by its id', async () => {
    expect(await givenIncident(5, source, undefined)).toEqual({ incident: { id: 5 } })
    await expect(givenIncident(6, source, undefined)).rejects.toMatchObject({
      code: 'UNKNOWN_INCIDENT',
      field: 'incident',
    })
    await expect(givenIncident('x\u001b[31m', undefined, undefined)).rejects.toThrow(/\\u001b/)
    await expect(givenIncident(5, undefined, undefined)).rejects.toThrow(/no incident source is configured/)
  })

  it('that is not there is told where it was looked for, and which was probably meant', async () => {
    const folder = inRoot('incidents')
    await expect(givenIncident(2193, jsonFolder(folder), undefined)).rejects.toThrow(
      `the folder ${folder} has no incident 2193; did you mean "2139"?`,
    )
    await expect(givenIncident('x', jsonFolder(folder), undefined)).rejects.toThrow(
      `the folder ${folder} has no incident "x"; there are 2139, "INC-7"`,
    )
    await expect(givenIncident('INC-2026', jsonFile(inRoot('9.json')), undefined)).rejects.toThrow(
      `the file ${inRoot('9.json')} has no incident "INC-2026"; there are 9`,
    )
    await expect(givenIncident('x', jsonFolder(inRoot('incidents-private')), undefined)).rejects.toThrow(
      'has no incident "x"; there is none in it',
    )
    await expect(givenIncident(6, source, undefined)).rejects.toThrow('the incident source has no incident 6')
    const many = { ...source, name: 'OTRS', ids: async () => [1000, 1001, 1002, 1003, 1004, 1005, 1006] }
    await expect(givenIncident('INC', many, undefined)).rejects.toThrow(
      'OTRS has no incident "INC"; there are 1000, 1001, 1002, 1003, 1004, and 2 more',
    )
  })

  it('that is not there is unknown also where the ids that there are cannot be had', async () => {
    const broken = async () => {
      throw new Error('503')
    }
    for (const ids of [broken, async () => null as never, async () => 'x' as never])
      await expect(givenIncident(6, { ...source, ids }, undefined)).rejects.toMatchObject({
        ...{ code: 'UNKNOWN_INCIDENT', message: 'the incident source has no incident 6' },
      })
    const signal = AbortSignal.timeout(50)
    const never = () => new Promise<never>(() => {})
    await expect(givenIncident(6, { ...source, ids: never }, signal)).rejects.toMatchObject({
      code: 'TIMEOUT',
    })
  })

  it("is an incident file's content, or the incident alone", async () => {
    const file = { incident: { id: 1 }, artifacts: [{ value: 'x' }] }
    expect(await givenIncident(file, undefined, undefined)).toEqual(file)
    expect(await givenIncident({ id: 1, name: 'x' }, undefined, undefined)).toEqual({
      incident: { id: 1, name: 'x' },
    })
    expect(await givenIncident(undefined, undefined, undefined)).toBeNull()
  })

  it('cannot say which folder files may be taken from', async () => {
    const file = { incident: { id: 1 }, folder: '/etc', attachments: [{ name: 'x', path: '/etc/passwd' }] }
    expect(await givenIncident(file, undefined, undefined)).not.toHaveProperty('folder')
  })

  it('has to have the shape of one', async () => {
    await expect(
      givenIncident({ incident: { id: 1 }, attachments: [{ name: '' }] }, undefined, undefined),
    ).rejects.toMatchObject({
      code: 'INVALID_INCIDENT',
    })
  })
})
