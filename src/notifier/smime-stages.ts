import type { MimeMail } from '../mail.js'
import { defineStage, type Stage } from '../pipeline.js'
import type { EncryptOptions } from '../smime/encrypt.js'
import type { SignOptions } from '../smime/sign.js'

/** What makes the stages of S/MIME. */
export interface SmimeStages {
  sign(options: SignOptions): Stage<MimeMail, MimeMail>
  encrypt(options: EncryptOptions): Stage<MimeMail, MimeMail>
}

/** The stages themselves: what is wrong with their options is found at once. */
export async function loadSmimeStages(): Promise<SmimeStages> {
  const [{ sign }, { encrypt }] = await Promise.all([
    import('../smime/sign.js'),
    import('../smime/encrypt.js'),
  ])
  return { sign, encrypt }
}

/**
 * For a house without S/MIME: the stages are loaded with the first mail that asks for them, and say what is missing.
 * Half of what there is to load is theirs, and most mails of such a house never ask.
 */
export const smimeStagesOnDemand: SmimeStages = {
  sign: (options) => whereAsked('sign', (stages) => stages.sign(options)),
  encrypt: (options) => whereAsked('encrypt', (stages) => stages.encrypt(options)),
}

function whereAsked(
  name: keyof SmimeStages,
  make: (stages: SmimeStages) => Stage<MimeMail, MimeMail>,
): Stage<MimeMail, MimeMail> {
  const passing = defineStage(name, async (mail: MimeMail) => mail)
  return async (mail, context) => {
    const stage = isAsked(mail) ? make(await loadSmimeStages()) : passing
    return await stage(mail, context)
  }
}

/** An empty field asks too: only the stage knows what is wrong with it. */
function isAsked({ protection }: MimeMail): boolean {
  return Object.values(protection).some((wish) => wish !== undefined && wish !== false)
}
