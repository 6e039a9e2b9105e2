import { join } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { IncidentMailerError } from '../src/errors.js'
import type { Timings } from '../src/mail.js'
import {
  abortError,
  defineStage,
  pipeline,
  type Stage,
  type StageContext,
  throwIfAborted,
} from '../src/pipeline.js'

type Piece = { readonly words: readonly string[]; readonly timings: Timings }

/** Files the compiler has read, so that it reads its own library once. */
const parsed: Record<string, ts.SourceFile | undefined> = {}

const empty: Piece = { words: [], timings: {} }

function saying(name: keyof Timings) {
  return defineStage<Piece, Piece>(name, async ({ words, timings }) => ({ words: [...words, name], timings }))
}

describe('pipeline', () => {
  it('feeds each stage with the result of the one before', async () => {
    const chain = pipeline(saying('render'), saying('compose'), saying('sign'), saying('deliver'))
    expect((await chain(empty, {})).words).toEqual(['render', 'compose', 'sign', 'deliver'])
  })

  it('lets any function of the same shape stand between two stages', async () => {
    const shout: Stage<Piece, Piece> = async (piece) => ({
      ...piece,
      words: piece.words.map((word) => word.toUpperCase()),
    })
    const chain = pipeline(saying('render'), shout, saying('compose'))
    expect((await chain(empty, {})).words).toEqual(['RENDER', 'compose'])
  })

  it('hands every stage the same context', async () => {
    const context = { signal: new AbortController().signal }
    const seen: unknown[] = []
    const look: Stage<Piece, Piece> = async (piece, given) => {
      seen.push(given)
      return piece
    }
    await pipeline(look, look)(empty, context)
    expect(seen).toEqual([context, context])
    expect(seen.every((given) => given === context)).toBe(true)
  })

  it('runs no stage after one that failed', async () => {
    let ran = false
    const fail: Stage<Piece, Piece> = async () => {
      throw new IncidentMailerError('NO_CONTENT', 'nothing to say')
    }
    const note: Stage<Piece, Piece> = async (piece) => {
      ran = true
      return piece
    }
    await expect(pipeline(fail, note)(empty, {})).rejects.toThrow('nothing to say')
    expect(ran).toBe(false)
  })

  it('is a stage itself', async () => {
    const inner = pipeline(saying('compose'), saying('sign'))
    expect((await pipeline(saying('render'), inner)(empty, {})).words).toEqual(['render', 'compose', 'sign'])
  })
})

describe('the types of a pipeline', () => {
  it.each([
    'pipeline(render, compose, deliver)',
    'pipeline(render, compose, sign, encrypt, deliver)',
    'pipeline(render, compose, sign, encrypt, sign, deliver)',
    'pipeline(render, compose, own, deliver)',
    'pipeline(pipeline(render, compose), deliver)',
  ])('let %s pass', (chain) => {
    expect(complaints(chain)).toEqual([])
  })

  it.each([
    'pipeline(render, deliver)',
    'pipeline(compose, render)',
    'pipeline(render, sign, compose)',
    'pipeline(render, compose, deliver, sign)',
    'pipeline(render, own, compose)',
  ])('refuse %s', (chain) => {
    expect(complaints(chain)).not.toEqual([])
  })
})

describe('a defined stage', () => {
  it('notes how long it took beside what the stages before it took', async () => {
    const { timings } = await saying('compose')({ words: [], timings: { render: 7 } }, {})
    expect(timings).toEqual({ render: 7, compose: expect.any(Number) })
    expect(timings.compose).toBeGreaterThanOrEqual(0)
    // To a hundredth of a millisecond.
    expect(String(timings.compose)).toMatch(/^\d+(\.\d{1,2})?$/)
  })

  it('works within what its context puts around it, which hears its name and its errors', async () => {
    const heard: unknown[] = []
    const aroundStage: StageContext['aroundStage'] = async (stage, work) => {
      heard.push(stage)
      return await work().catch((thrown) => {
        heard.push(thrown.stage)
        throw thrown
      })
    }
    const failing = defineStage<Piece, Piece>('compose', async () => {
      throw new IncidentMailerError('NO_SENDER', 'nobody')
    })
    const work = pipeline(saying('render'), failing)(empty, { aroundStage })
    await expect(work).rejects.toMatchObject({ code: 'NO_SENDER' })
    expect(heard).toEqual(['render', 'compose', 'compose'])
  })

  it('leaves its input as it was', async () => {
    const input = Object.freeze({ words: Object.freeze([]), timings: Object.freeze({}) })
    await expect(saying('sign')(input, {})).resolves.toMatchObject({ words: ['sign'] })
    expect(input).toEqual({ words: [], timings: {} })
  })

  it('does not begin when the signal has fired', async () => {
    let began = false
    const stage = defineStage<Piece, Piece>('deliver', async (piece) => {
      began = true
      return piece
    })
    await expect(stage(empty, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      ...{ code: 'ABORTED', stage: 'deliver', temporary: true },
    })
    expect(began).toBe(false)
  })

  it('turns what an aborted call throws into an error of ours, whatever that was', async () => {
    const controller = new AbortController()
    const stage = defineStage<Piece, Piece>('render', async () => {
      controller.abort(new Error('the user went home'))
      throw new TypeError('socket is null')
    })
    const error = await stage(empty, { signal: controller.signal }).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'ABORTED', stage: 'render' })
    expect(error).toHaveProperty('cause.message', 'the user went home')
  })

  it('says that the time was up when it was', async () => {
    const signal = AbortSignal.timeout(1)
    const stage = defineStage<Piece, Piece>('deliver', async () => {
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
      return empty
    })
    await expect(stage(empty, { signal })).rejects.toMatchObject({
      ...{ code: 'TIMEOUT', stage: 'deliver', temporary: true },
    })
  })

  it('keeps the verdict of an error of ours although the signal fired meanwhile', async () => {
    const controller = new AbortController()
    const stage = defineStage<Piece, Piece>('deliver', async () => {
      controller.abort()
      throw new IncidentMailerError('OUTCOME_UNKNOWN', 'the connection was lost after the data')
    })
    await expect(stage(empty, { signal: controller.signal })).rejects.toMatchObject({
      code: 'OUTCOME_UNKNOWN',
    })
  })

  it('gives an error its stage, and never another than the first', async () => {
    const fail = defineStage<Piece, Piece>('sign', async () => {
      throw new IncidentMailerError('KEY_MISMATCH', 'the key is not the certificate’s')
    })
    const around = defineStage<Piece, Piece>('encrypt', fail)
    await expect(around(empty, {})).rejects.toMatchObject({ code: 'KEY_MISMATCH', stage: 'sign' })
  })

  it('gives an error the Message-ID once the mail is composed, and not before', async () => {
    const fail = defineStage<object, Piece>('deliver', async () => {
      throw new IncidentMailerError('TLS_FAILED', 'no TLS')
    })
    const requested = { messageId: '<wish@example.com>' }
    const composed = { messageId: '<1@example.com>', deliveries: [] }
    await expect(fail(requested, {})).rejects.toMatchObject({ messageId: null })
    await expect(fail(composed, {})).rejects.toMatchObject({ messageId: '<1@example.com>' })
  })

  it('passes a programming mistake on as it is', async () => {
    const mistake = new TypeError('undefined is not a function')
    const stage = defineStage<Piece, Piece>('render', async () => {
      throw mistake
    })
    await expect(stage(empty, {})).rejects.toBe(mistake)
  })
})

describe('throwIfAborted', () => {
  it('is silent without a signal, and while it has not fired', () => {
    expect(() => throwIfAborted(undefined)).not.toThrow()
    expect(() => throwIfAborted(new AbortController().signal)).not.toThrow()
  })

  it('throws the error of a signal that has fired', () => {
    expect(() => throwIfAborted(AbortSignal.abort())).toThrow(IncidentMailerError)
  })
})

describe('abortError', () => {
  it.each([
    { reason: new DOMException('', 'TimeoutError'), code: 'TIMEOUT' },
    { reason: new DOMException('', 'AbortError'), code: 'ABORTED' },
    { reason: 'TimeoutError', code: 'ABORTED' },
    { reason: null, code: 'ABORTED' },
  ])('takes $reason for $code', ({ reason, code }) => {
    expect(abortError(AbortSignal.abort(reason))).toMatchObject({ code, temporary: true, stage: null })
  })
})

/** What the compiler has to say to a chain of stages. */
function complaints(chain: string): string[] {
  const snippet = join(import.meta.dirname, 'snippet.ts')
  const source = `
    import type { DeliveryReport, MailRequest, MimeMail, RenderedMail } from '../src/mail.js'
    import { pipeline, type Stage } from '../src/pipeline.js'
    declare const render: Stage<MailRequest, RenderedMail>
    declare const compose: Stage<RenderedMail, MimeMail>
    declare const sign: Stage<MimeMail, MimeMail>
    declare const encrypt: Stage<MimeMail, MimeMail>
    declare const own: (mail: MimeMail) => Promise<MimeMail>
    declare const deliver: Stage<MimeMail, DeliveryReport>
    export const chain = ${chain}`
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    ...{ strict: true, noEmit: true, skipLibCheck: true, types: [] },
  }
  const host = ts.createCompilerHost(options)
  const getSourceFile = host.getSourceFile
  host.getSourceFile = (name, ...rest) => {
    if (name === snippet) return ts.createSourceFile(name, source, ts.ScriptTarget.ES2023)
    parsed[name] ??= getSourceFile(name, ...rest)
    return parsed[name]
  }
  const program = ts.createProgram([snippet], options, host)
  const diagnostics = program.getSemanticDiagnostics(program.getSourceFile(snippet))
  return diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
}
