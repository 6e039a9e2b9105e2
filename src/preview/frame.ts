import type { MessagePart } from './facts.js'
import { readDocument } from './mail-document.js'

/** How a mail is looked at. */
export type ColorScheme = 'light' | 'dark'

/**
 * A mail's HTML as it may stand in a frame. Its Content-IDs become the images themselves; what would leave the
 * frame without being loaded from it (`preconnect`, a refresh) is taken out, since no content security policy
 * speaks of it. All else that is dangerous the frame's own policy blocks (`FRAME_POLICY`).
 */
export function frameHtml(html: string, message: MessagePart, scheme: ColorScheme): string {
  const $ = readDocument(wholeHtml(html, message))
  $('script, link, base, iframe, frame, object, embed, applet, portal, fencedframe, template').remove()
  $('meta[http-equiv]').not('[http-equiv="content-type" i]').remove()
  $('[ping], [srcdoc], [attributionsrc]').removeAttr('ping').removeAttr('srcdoc').removeAttr('attributionsrc')

  for (const element of $('style').toArray()) {
    const tag = $(element)
    tag.text(inScheme(tag.text(), scheme))
  }
  const knowsDark = scheme === 'dark' && declaresDark(html)
  // Nothing that is relative leads anywhere, and no link leaves the mail behind.
  $('head').prepend('<base href="https://mail.invalid/" target="_blank">')
  $('head').append(`<style>:root { color-scheme: only ${knowsDark ? 'dark' : 'light'} }</style>`)
  return $.html()
}

/** A mail's HTML with its images in it, so that it is one file: what else it holds stays as it is. */
export function wholeHtml(html: string, message: MessagePart): string {
  const images = imagesOf(message)
  return html.replace(/\bcid:([^"'\s<>()&]+)/gi, (all, cid: string) => images.get(decoded(cid)) ?? all)
}

/** No scripts, no loads, no forms, no way out; and nobody but the page may show it. */
export const FRAME_POLICY = [
  "default-src 'none'",
  'img-src data:',
  "style-src 'unsafe-inline'",
  "form-action 'none'",
  'base-uri https://mail.invalid',
  "frame-ancestors 'self'",
  'sandbox allow-same-origin',
].join('; ')

/** Media queries for dark and light answered here, so that both can be seen whatever the machine prefers. */
function inScheme(style: string, scheme: ColorScheme): string {
  return style.replace(/\(\s*prefers-color-scheme\s*:\s*(dark|light)\s*\)/gi, (_, asked: string) =>
    asked.toLowerCase() === scheme ? '(min-width: 0px)' : '(max-width: 0px)',
  )
}

/** A mail that says nothing of dark colours stays as it is in most mail programs. */
function declaresDark(html: string): boolean {
  return /prefers-color-scheme\s*:\s*dark|color-scheme["'\s:][^;>}]*dark/i.test(html)
}

function imagesOf({ contentId, type, content, parts }: MessagePart): Map<string, string> {
  const images = new Map(parts.flatMap((part) => [...imagesOf(part)]))
  if (contentId !== null && /^image\/(?:png|jpeg|gif|webp|bmp)$/.test(type)) {
    images.set(contentId, `data:${type};base64,${Buffer.from(content).toString('base64')}`)
  }
  return images
}

function decoded(cid: string): string {
  try {
    return decodeURIComponent(cid)
  } catch {
    return cid
  }
}
