// What runs in a process of its own, for `isolated`: one mail at a time, told and answered over the channel that
// Node gives a forked process. It is handed no environment and, by Node's permission model, may read the files of
// this package and the template folders, and nothing else.
import { IncidentMailerError, messageOf } from '../../errors.js'
import { createFetchedData } from '../../incident/fetched-data.js'
import type { IncidentSource, IncidentWant } from '../../incident/incident.js'
import { createTemplateRenderers } from '../render-content.js'
import { renderWords } from '../render-words.js'
import type { ToChild } from './messages.js'

let rendererOf = createTemplateRenderers()
let answered: (answers: readonly unknown[]) => void = () => {}

process.on('message', (message: ToChild) => {
  switch (message.type) {
    case 'start':
      rendererOf = createTemplateRenderers({ globals: message.globals }, message.limits)
      return
    case 'render':
      void render(message)
      return
    case 'answers':
      answered(message.answers)
  }
})
// Nobody is there any more to render for.
process.on('disconnect', () => process.exit())
// At a terminal, Ctrl-C goes to all processes at once. Ours ends this one when it has to end.
process.on('SIGINT', () => {})
say({ type: 'ready' })

async function render({ job, fetches }: Extract<ToChild, { type: 'render' }>): Promise<void> {
  const fetched = createFetchedData(fetches.length > 0 ? sourceAtHome(fetches) : undefined)
  try {
    say({ type: 'words', words: await renderWords(job, async () => rendererOf, fetched, undefined) })
  } catch (thrown) {
    if (thrown instanceof IncidentMailerError) say({ type: 'refused', error: thrown.toJSON() })
    else say({ type: 'broken', message: messageOf(thrown) })
  }
}

/** The incident source is in the process that started this one: what it can fetch is asked for there. */
function sourceAtHome(fetches: readonly IncidentWant['kind'][]): IncidentSource {
  return {
    get: async () => null,
    fetches,
    fetch: (wants) =>
      new Promise((resolve) => {
        answered = resolve
        say({ type: 'wants', wants })
      }),
  }
}

function say(message: object): void {
  process.send?.(message)
}
