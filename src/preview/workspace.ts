import { stat } from 'node:fs/promises'
import { basename, dirname, extname, resolve } from 'node:path'
import { notifierOptionsOf } from '../config/notifier-options-of.js'
import { readSettings } from '../config/read-settings.js'
import { IncidentMailerError } from '../errors.js'
import type { DeliveryReport } from '../mail.js'
import type { NotifierOptions } from '../notifier/notifier-options.js'
import type { StageContext } from '../pipeline.js'
import { builtInFolder, builtInLabels, findTemplate, type TemplateFiles } from '../render/find-template.js'
import { type Choice, PASTED, requestOf } from './choice.js'
import { findChromium } from './chromium.js'
import type { MailPreview } from './facts.js'
import { exampleFolder, type IncidentSet, incidentSet, type ListedIncident } from './incident-list.js'
import { type NewTemplate, newTemplate } from './new-template.js'
import { createPreviewer, type Previewer } from './preview.js'
import { asProblem, explainProblem, type PreviewProblem } from './problem.js'
import { type RecordedMail, recordedMails } from './recorded-mails.js'
import { describeTransport, sendTestMail, type TestMail, transportIn } from './test-mail.js'

/** Where a preview finds what can be chosen. */
export interface WorkspaceOptions {
  /** The working directory. Default: the process's. */
  readonly cwd?: string
  /** The config file. Default: the one in the working directory, if there is one. */
  readonly config?: string
  /** Settings of a program's own, in place of a config file. Default: none, the config file's hold. */
  readonly settings?: NotifierOptions
  /** A folder of incident files, or one such file. Default: the config's `incidents`. */
  readonly incidents?: string
  /** A template's file to look at besides the configured ones. Default: none. */
  readonly templateFile?: string
}

/** What can be chosen. */
export interface Choices {
  readonly templates: readonly ListedTemplate[]
  readonly incidents: readonly ListedIncident[]
  /** The names of the profiles, to send a test by. */
  readonly profiles: readonly string[]
  /** Where a test mail goes that names no profile, in words. */
  readonly way: string
  /** Whether pictures can be taken. */
  readonly pictures: boolean
  /** What is wrong with the config file, or null. */
  readonly problem: PreviewProblem | null
}

/** A template to choose. */
export interface ListedTemplate {
  readonly label: string
  readonly set: 'own' | 'built-in'
}

/** A folder with its settings, templates and incidents, read as they are now. */
export interface Workspace {
  readonly cwd: string
  /** The notifier's options as they hold; those that held last while the config file is broken. */
  settings(): Promise<NotifierOptions>
  choices(): Promise<Choices>
  preview(choice: Choice, context?: StageContext): Promise<MailPreview>
  /** Sends it, to one address in place of its own. */
  send(choice: Choice, test: TestMail): Promise<DeliveryReport>
  /** The mails that tests in the folder recorded. */
  recorded(): Promise<RecordedMail[]>
  /** Makes a template of the user's own out of another one. */
  newTemplate(name: string, from: string): Promise<NewTemplate>
  /** An error with the lines around it. */
  explain(thrown: unknown, choice: Choice | null): Promise<PreviewProblem>
  /** Files and folders whose change may change a mail. */
  watched(): Promise<string[]>
  /** Whether a file decides about more than a template or an incident. */
  isSetting(path: string): boolean
  /** Reads the config file with the next call. */
  reload(): void
  close(): Promise<void>
}

interface Loaded {
  readonly options: NotifierOptions
  readonly file: string | null
  readonly own: IncidentSet | null
  readonly ownPath: string | null
  readonly examples: IncidentSet
  readonly previewers: ReadonlyMap<ListedIncident['set'], Previewer>
}

/** Opens a folder. Nothing is read before it is asked for. */
export function openWorkspace(given: WorkspaceOptions = {}): Workspace {
  const cwd = resolve(given.cwd ?? '.')
  let loading: Promise<Loaded> | undefined
  let last: Loaded | undefined
  const loaded = async () => {
    loading ??= load(given, cwd)
    last = await loading
    return last
  }

  /** What a broken config file does not take away: what it said before, or else the defaults. */
  const usable = async () => {
    try {
      return await loaded()
    } catch {
      last ??= await assemble({}, null, given, cwd)
      return last
    }
  }

  return {
    cwd,
    settings: async () => (await usable()).options,
    async choices() {
      const problem = await loaded().then(
        () => null,
        (thrown: unknown) => this.explain(thrown, null),
      )
      const { options, own, examples } = await usable()
      const labels = Object.keys(options.templates ?? {})
      return {
        templates: [
          ...labels.map((label) => ({ label, set: 'own' as const })),
          ...(await builtInLabels())
            .filter((label) => !labels.includes(label))
            .map((label) => ({ label, set: 'built-in' as const })),
        ],
        incidents: [...((await own?.list()) ?? []), ...(await examples.list())],
        profiles: Object.keys(options.profiles ?? {}),
        way: describeTransport(transportIn(cwd, options.transport)),
        pictures: (await findChromium()) !== null,
        problem,
      }
    },
    async preview(choice, context) {
      const { previewers } = await usable()
      const set = choice.incident?.startsWith('example/') ? 'example' : 'own'
      const previewer = previewers.get(set) ?? previewers.get('example')
      if (!previewer) throw new Error('a workspace has a previewer')
      return await previewer.preview(requestOf(choice), context)
    },
    async send(choice, test) {
      const { options, own, examples } = await loaded()
      const set = choice.incident?.startsWith('example/') ? examples : (own ?? examples)
      const transport = transportIn(cwd, options.transport)
      return await sendTestMail(requestOf(choice), { ...options, incidents: set.source, transport }, test)
    },
    recorded: () => recordedMails(cwd),
    async newTemplate(name, from) {
      const made = await newTemplate({ name, from, config: given.config, cwd })
      this.reload()
      return made
    },
    async explain(thrown, choice) {
      const { options, own, examples } = await usable()
      const incidents = [...((await own?.list().catch(() => [])) ?? []), ...(await examples.list())]
      const config = given.config === undefined ? CONFIG_FILES : [given.config]
      return await explainProblem(asProblem(thrown), {
        templateFolders: [...(await foldersOf(choice, options)), builtInFolder],
        texts: {
          ...(choice?.source && { inlineTemplate: choice.source }),
          ...(choice?.pasted && { [PASTED]: choice.pasted }),
          ...(choice?.fields.subject && { subject: choice.fields.subject }),
        },
        files: [...config.map((file) => resolve(cwd, file)), ...incidents.map(({ file }) => file)],
      })
    },
    async watched() {
      const { options, file, ownPath } = await usable()
      const templates = Object.values(options.templates ?? {}).flatMap(filesOf)
      const folders = [...new Set(templates.map((each) => dirname(resolve(cwd, each))))]
      const config = file ?? given.config
      return [
        ...folders,
        ...(ownPath === null ? [] : [ownPath]),
        ...(config === undefined ? CONFIG_FILES : [config]).map((each) => resolve(cwd, each)),
        ...(options.branding?.logo === undefined ? [] : [options.branding.logo]),
      ]
    },
    isSetting: (path) =>
      path === last?.options.branding?.logo ||
      (given.config === undefined ? CONFIG_FILES : [given.config]).some(
        (file) => resolve(cwd, file) === path,
      ),
    async close() {
      await loading?.then(closePreviewers, () => undefined)
    },
    reload() {
      void loading?.then(closePreviewers, () => undefined)
      loading = undefined
    },
  }
}

async function closePreviewers({ previewers }: Loaded): Promise<void> {
  await Promise.all([...previewers.values()].map((previewer) => previewer.close()))
}

const CONFIG_FILES = ['incident-mailer.json', 'incident-mailer.yaml', 'incident-mailer.yml']

async function load(given: WorkspaceOptions, cwd: string): Promise<Loaded> {
  if (given.settings) return await assemble(given.settings, null, given, cwd)
  const read = await readSettings({ file: given.config, cwd })
  return await assemble(await notifierOptionsOf(read), read, given, cwd)
}

async function assemble(
  base: NotifierOptions,
  read: Awaited<ReturnType<typeof readSettings>> | null,
  given: WorkspaceOptions,
  cwd: string,
): Promise<Loaded> {
  const { templateFile } = given
  const options: NotifierOptions = {
    attachmentFolders: [cwd],
    ...base,
    ...(templateFile !== undefined && {
      templates: { ...base.templates, [labelOf(templateFile)]: resolve(cwd, templateFile) },
    }),
  }
  const ownPath = given.incidents === undefined ? read?.config.incidents : resolve(cwd, given.incidents)
  if (ownPath !== undefined) await assertThere(ownPath)
  const examples = await incidentSet('example', exampleFolder)
  const own = ownPath === undefined ? null : await incidentSet('own', ownPath)
  const source = own?.source ?? options.incidents ?? examples.source
  return {
    options,
    file: read?.file ?? null,
    own,
    ownPath: ownPath ?? null,
    examples,
    previewers: new Map([
      ['own', createPreviewer({ ...options, incidents: source })],
      ['example', createPreviewer({ ...options, incidents: examples.source })],
    ]),
  }
}

async function assertThere(path: string): Promise<void> {
  try {
    await stat(path)
  } catch (cause) {
    throw new IncidentMailerError('FILE_NOT_FOUND', `there is no folder or file of incidents at ${path}`, {
      stage: 'config',
      field: 'incidents',
      cause,
    })
  }
}

/** A template that is named on the command line goes by its file's name. */
export function labelOf(file: string): string {
  return basename(file, extname(file)).replace(/\.(?:html|txt|message)$/, '')
}

function filesOf(template: string | TemplateFiles): string[] {
  const files = typeof template === 'string' ? [template] : [template.html, template.text]
  return files.filter((file) => file !== undefined)
}

async function foldersOf(choice: Choice | null, options: NotifierOptions): Promise<string[]> {
  if (!choice?.template) return []
  const found = await findTemplate(choice.template, options.templates ?? {}).catch(() => null)
  return [found?.single, found?.html, found?.text].flatMap((file) => (file ? [file.folder] : []))
}
