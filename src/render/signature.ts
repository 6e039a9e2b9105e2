import type { RenderedMail } from '../mail.js'
import type { Stage } from '../pipeline.js'
import { appendHtml } from './merge-body.js'
import { textAsHtml } from './text-as-html.js'

/**
 * Makes a stage that ends each mail with a signature, HTML and plain text alike, whatever template or body it was
 * made from.
 */
export function endWith(signature: string): Stage<RenderedMail, RenderedMail> {
  const words = signature.trim()
  return async (mail) => {
    if (words === '') return mail
    const html = mail.html === null ? null : appendHtml(mail.html, textAsHtml(words))
    return { ...mail, html, text: `${mail.text.trimEnd()}\n\n${words}\n` }
  }
}
