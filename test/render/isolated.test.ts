import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { exitCodeOf } from '../../src/exit-codes.js'
import type {
  IncidentSource,
  IncidentWant,
  MailRequest,
  RenderOptions,
  RenderStage,
} from '../../src/index.js'
import { render as inThisProcess } from '../../src/render/render.js'
import { type BuiltCli, buildCli, objectOn } from '../cli/built-cli.js'

let built: BuiltCli
let folder = ''
let render: typeof inThisProcess
let permissionFlags: (folders: readonly string[]) => string[]
let index = ''
const stages: RenderStage[] = []

beforeAll(async () => {
  // Processes are started from the bundle.
  built = await buildCli({ flags: 'src/render/isolated/permission-flags.ts' })
  index = pathToFileURL(join(built.dist, 'index.js')).href
  render = (await import(index)).render
  permissionFlags = (await import(pathToFileURL(join(built.dist, 'flags.js')).href)).permissionFlags
  folder = await realpath(await mkdtemp(join(tmpdir(), 'isolated-')))
  await writeFile(join(folder, 'page.njk'), '<p>{% include "part.njk" %} {{ hotline }}</p>')
  await writeFile(join(folder, 'part.njk'), '{{ incident.name }}')
})
afterAll(async () => {
  await built.remove()
  await rm(folder, { recursive: true })
})
afterEach(async () => {
  for (const stage of stages.splice(0)) await stage.close()
})

function isolated(options: RenderOptions = {}): RenderStage {
  const stage = render({ isolated: true, ...options })
  stages.push(stage)
  return stage
}

const incident = { id: 7, name: 'R&D laptop', severity_code: 'High' }
const request = (inlineTemplate: string, more: MailRequest = {}): MailRequest => ({
  subject: 'S',
  incident,
  inlineTemplate,
  ...more,
})
const words = async (stage: RenderStage, mail: MailRequest) => {
  const { subject, html, text, warnings, imageFolder } = await stage(mail, {})
  return { subject, html, text, warnings, imageFolder }
}

/** The processes that this one has started to render. */
function children(parent = process.pid): number[] {
  const tasks = readdirSync(`/proc/${parent}/task`)
  return tasks
    .flatMap((task) => readFileSync(`/proc/${parent}/task/${task}/children`, 'utf8').split(' '))
    .filter((pid) => pid !== '' && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('isolated/child.js'))
    .map(Number)
}

/** A source that has all there is to fetch, and does something of ours first. */
function fetching(work: (wants: readonly IncidentWant[], signal?: AbortSignal) => unknown): IncidentSource {
  return {
    get: async (id) => ({ incident: { id, name: 'Lost laptop' } }),
    fetch: async (wants, { signal }) => {
      await work(wants, signal)
      return wants.map(() => 'fetched')
    },
  }
}
const lacking = (count = 1) =>
  Array.from(
    { length: count },
    (_, place) => `{{ template_helper.get_incident_value(incident, "f${place}") }}`,
  ).join()
const bomb =
  '{% set l = [] %}{% for i in range(99999) %}{% do l.append(("x" * 9000000).upper()) %}{% endfor %}'
/** One filter after another over ten million characters: seconds of work between two looks at the clock. */
const slow = `{{ ("a b" * 3000000) ${'| wordwrap(3)'.repeat(20)} | length }}`

describe('a mail that is rendered in a process of its own', () => {
  it.each(['incident-summary', 'artifact-digest', 'breach-notification', 'reply', 'test-message'])(
    'says what it says elsewhere: %s',
    async (template) => {
      const example = JSON.parse(readFileSync('examples/incidents/2139.json', 'utf8'))
      const mail = { template, incident: example, locale: 'de', timeZone: 'Europe/Berlin' }
      expect(await words(isolated(), mail)).toEqual(await words(inThisProcess({}), mail))
    },
  )

  it('has files of its own, globals that are data, a body behind it, and warnings', async () => {
    const options = { templates: { page: join(folder, 'page.njk') }, globals: { hotline: '<110>' } }
    const stage = isolated(options)
    for (const mail of [
      { template: 'page', subject: 'S', incident, body: '<b>Body</b>', mergeBody: true },
      request('<p>{{ missing }}', { body: 'unused', headers: { Subject: 'of the headers' }, subject: '' }),
    ]) {
      const said = await words(stage, mail)
      expect(said).toEqual(await words(inThisProcess(options), mail))
    }
    expect((await words(stage, { template: 'page', subject: 'S', incident })).html).toContain(
      'R&amp;D laptop &lt;110&gt;',
    )
  })

  it.each([
    request('<p>\n{{ incident.name | uper }}'),
    request('{{ missing }}', { strictUndefined: true }),
    request('{% for i in range(99999) %}{% for i in range(99999) %}{% endfor %}{% endfor %}'),
    request('x', { subject: 'a\nb' }),
    request('x', { subject: '', incident: {} }),
  ])('fails as it fails elsewhere: %j', async (mail) => {
    const failure = await inThisProcess({})(mail, {}).catch((thrown) => thrown)
    await expect(isolated()(mail, {})).rejects.toMatchObject(failure.toJSON())
  })

  it('gets what it lacks from the source, all of it in one call', async () => {
    const rounds: number[] = []
    const incidents = fetching((wants) => rounds.push(wants.length))
    const mail = await isolated({ incidents })(request(lacking(10), { incident: 7 }), {})
    expect([mail.text, rounds]).toEqual([Array(10).fill('fetched').join(), [10]])
  })

  it("fails with the source's own error", async () => {
    const incidents = fetching(() => Promise.reject(new Error('no server')))
    await expect(isolated({ incidents })(request(lacking(), { incident: 7 }), {})).rejects.toMatchObject({
      code: 'INCIDENT_SOURCE_FAILED',
      message: expect.stringContaining('no server'),
    })
  })

  it('changes nothing for the next mail', async () => {
    const stage = isolated({ globals: { list: [1] } })
    const mail = request('{% do list.append(2) %}{{ list }}')
    expect([(await stage(mail, {})).text, (await stage(mail, {})).text]).toEqual(['[1, 2]', '[1, 2]'])
  })
})

describe('a template that nobody trusts', () => {
  it.each([
    ['is killed when its time is up', slow, { time: 200, memory: 2000 }, 'TEMPLATE_TIME_EXCEEDED', 65],
    ['ends where its memory does', bomb, { memory: 64 }, 'TEMPLATE_MEMORY_EXCEEDED', 65],
  ] as const)('%s, and the next mail is rendered', async (_what, source, options, code, exitCode) => {
    const stage = isolated({ isolated: options, templateLimits: { steps: 1e9 } })
    const error = await stage(request(source), {}).catch((thrown) => thrown)
    expect(error).toMatchObject({ code, stage: 'render', field: 'inlineTemplate', temporary: false })
    expect(exitCodeOf(error)).toBe(exitCode)
    expect((await stage(request('{{ incident.name }}'), {})).text).toBe('R&D laptop')
  })

  it('is in a process without the environment, and without a way out', async () => {
    process.env.CANARY_PASSWORD = 'secret'
    let environment = ''
    const incidents = fetching(() => {
      const [pid] = children()
      environment = readFileSync(`/proc/${pid}/environ`, 'utf8')
    })
    await isolated({ incidents })(request(lacking(), { incident: 7 }), {})
    delete process.env.CANARY_PASSWORD
    expect(environment.replaceAll('\0', ' ')).toMatch(
      /^NODE_CHANNEL_FD=\d+( NODE_CHANNEL_SERIALIZATION_MODE=json)? $/,
    )
  })

  it('could not, had it escaped, read other files, write, start processes or threads', async () => {
    const attack = join(folder, 'attack.mjs')
    await writeFile(
      attack,
      `import { readFileSync, writeFileSync } from 'node:fs'
      import { spawnSync } from 'node:child_process'
      import { Worker } from 'node:worker_threads'
      const attempt = (work) => { try { work(); return 'done' } catch (error) { return error.code } }
      console.log(JSON.stringify([
        attempt(() => readFileSync('/etc/passwd')),
        attempt(() => readFileSync(${JSON.stringify(join(process.cwd(), 'CHANGELOG.md'))})),
        attempt(() => writeFileSync(${JSON.stringify(join(folder, 'part.njk'))}, 'x')),
        attempt(() => spawnSync('id')),
        attempt(() => new Worker('1', { eval: true })),
        attempt(() => readFileSync(${JSON.stringify(join(folder, 'part.njk'))})),
      ]))`,
    )
    const { stdout } = spawnSync(process.execPath, [...permissionFlags([folder]), attack], {
      encoding: 'utf8',
    })
    expect(JSON.parse(stdout)).toEqual([...Array(5).fill('ERR_ACCESS_DENIED'), 'done'])
  })
})

describe('a process that renders', () => {
  it('may be killed from outside: the mail fails and may be tried again', async () => {
    let kills = 0
    const incidents = fetching(() => {
      if (kills++ === 0) for (const pid of children()) process.kill(pid, 'SIGKILL')
    })
    const stage = isolated({ incidents })
    const mail = request(lacking(), { incident: 7 })
    const error = await stage(mail, {}).catch((thrown) => thrown)
    expect(error).toMatchObject({
      code: 'RENDERER_FAILED',
      temporary: true,
      message: expect.stringContaining('SIGKILL'),
    })
    expect(exitCodeOf(error)).toBe(75)
    expect((await stage(mail, {})).text).toBe('fetched')
  })

  it('may be killed while it has nothing to do', async () => {
    const stage = isolated()
    await stage(request('one'), {})
    const [pid = 0] = children()
    process.kill(pid, 'SIGKILL')
    while (existsSync(`/proc/${pid}`)) await new Promise(setImmediate)
    expect((await stage(request('two'), {})).text).toBe('two')
  })

  it('heeds a signal: while it works, while it waits for the source, while it waits for its turn', async () => {
    const controller = new AbortController()
    const { signal } = controller
    const waiting: Promise<unknown>[] = []
    const incidents = fetching(() => {
      waiting.push(stage(request('never rendered'), { signal }))
      setImmediate(() => controller.abort())
      return new Promise(() => {})
    })
    const stage = isolated({
      incidents,
      isolated: { processes: 1, memory: 2000 },
      templateLimits: { steps: 1e9 },
    })
    await expect(stage(request(lacking(), { incident: 7 }), { signal })).rejects.toMatchObject({
      code: 'ABORTED',
    })
    await expect(waiting[0]).rejects.toMatchObject({ code: 'ABORTED' })
    const inWork = stage(request(slow), { signal: AbortSignal.timeout(500) })
    await expect(inWork).rejects.toMatchObject({ code: 'TIMEOUT' })
    expect((await stage(request('next'), {})).text).toBe('next')
  })

  it('is one of as many as there may be, and each mail gets its own', async () => {
    let most = 0
    const incidents = fetching(() => {
      most = Math.max(most, children().length)
    })
    const stage = isolated({ incidents, isolated: { processes: 2 } })
    const mails = Array.from({ length: 8 }, (_, id) =>
      request(`${lacking()} {{ incident.id }}`, { incident: id }),
    )
    const texts = await Promise.all(mails.map(async (mail) => (await stage(mail, {})).text))
    expect(texts).toEqual(mails.map(({ incident: id }) => `fetched ${id}`))
    expect(most).toBe(2)
  })

  it('ends when the stage is closed', async () => {
    const stage = isolated()
    await stage(request('x'), {})
    expect(children()).toHaveLength(1)
    await stage.close()
    expect(children()).toEqual([])
    await expect(stage(request('x'), {})).rejects.toMatchObject({ code: 'RENDERER_FAILED' })
  })

  it('keeps nobody from exiting, and does not outlive who started it', async () => {
    const script = `import { readdirSync, readFileSync } from 'node:fs'
      const { render } = await import(${JSON.stringify(index)})
      await render({ isolated: true })({ subject: 'S', inlineTemplate: 'x' }, {})
      console.log(readFileSync('/proc/self/task/' + process.pid + '/children', 'utf8'))`
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script])
    let printed = ''
    parent.stdout.on('data', (data) => {
      printed += data
    })
    expect(await once(parent, 'close')).toEqual([0, null])
    const pids = printed.trim().split(' ').map(Number)
    expect(pids).toHaveLength(1)
    while (pids.some((pid) => existsSync(`/proc/${pid}`))) await new Promise(setImmediate)
  })
})

describe('the option', () => {
  it.each<[object, string, RegExp]>([
    [{ filters: { up: String } }, 'filters', /functions cannot go to another process/],
    [{ tests: { up: Boolean } }, 'tests', /functions/],
    [{ tags: { up: { render: String } } }, 'tags', /functions/],
    [{ globals: { up: String } }, 'globals.up', /functions/],
    [{ isolated: 'yes' }, 'isolated', /must be an object/],
    [{ isolated: { process: 1 } }, 'isolated.process', /did you mean isolated\.processes/],
    [{ isolated: { memory: 1 } }, 'isolated.memory', /from 64 upwards/],
  ])('refuses %j', (options, field, message) => {
    const refusal = { code: 'INVALID_CONFIG', field, message: expect.stringMatching(message) }
    expect(() => inThisProcess({ isolated: true, ...options })).toThrow(expect.objectContaining(refusal))
  })

  it('can stand in a config file', async () => {
    const cwd = await built.folder({
      'incident-mailer.json': { isolated: { memory: 256 }, globals: { who: 'we' } },
    })
    const result = await built.run(['render'], { cwd, stdin: request('{{ who }}: {{ incident.name }}') })
    expect([result.code, objectOn(result)]).toMatchObject([0, { text: 'we: R&D laptop' }])
  })
})
