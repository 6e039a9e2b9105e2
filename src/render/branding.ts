import { readFile } from 'node:fs/promises'
import { extname, resolve } from 'node:path'
import { codeOf, IncidentMailerError, messageOf } from '../errors.js'
import { quoted } from '../quoted.js'
import { readableOn, textOn } from './contrast.js'
import { builtInFolder } from './find-template.js'

/** How the built-in mails look, and what they end with. Templates of one's own see it as `branding`. */
export interface Branding {
  /** Who sends: stands in the header, and as the logo's alternative text. Default: none. */
  readonly name?: string
  /** A PNG, JPEG or GIF file, shown 32 pixels high; it travels inside the mail. Default: a small shield. */
  readonly logo?: string
  /** The colour of the header, as `#rrggbb`. Text on it is white or black, whichever reads better. Default `#15243b`. */
  readonly headerColor?: string
  /** The colour of buttons and links, as `#rrggbb`. Made darker or lighter where it would not be readable. Default `#175cd3`. */
  readonly accentColor?: string
  /** Plain text below every mail: who to call, a classification, an imprint. Line breaks are kept. Default: none. */
  readonly footer?: string
  /** Plain text that ends the mail's content: names, roles, telephone numbers. Line breaks are kept. Default: none. */
  readonly signature?: string
}

/** What templates see of it: all of it there, with the colours that follow from those given. */
export interface TemplateBranding {
  readonly name: string
  /** The address of an image. */
  readonly logo: string
  readonly footer: readonly string[]
  readonly signature: readonly string[]
  readonly header_color: string
  readonly header_text: string
  readonly accent_color: string
  readonly accent_text: string
  readonly link_color: string
  readonly link_color_dark: string
}

const darkBackground = '#1d2430'
const types: Readonly<Record<string, string>> = {
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
}

/**
 * Reads the logo, and works out the colours.
 *
 * @throws IncidentMailerError `INVALID_CONFIG` for a colour or a kind of logo that mails cannot have,
 * `FILE_NOT_FOUND` and `FILE_UNREADABLE` for the logo's file
 */
export async function loadBranding(branding: Branding = {}): Promise<TemplateBranding> {
  const { name = '', logo, footer, signature } = branding
  const header = color('headerColor', branding.headerColor ?? '#15243b')
  const accent = color('accentColor', branding.accentColor ?? '#175cd3')
  return {
    name,
    logo: await logoAddress(logo),
    footer: linesOf(footer),
    signature: linesOf(signature),
    header_color: header,
    header_text: textOn(header),
    accent_color: accent,
    accent_text: textOn(accent),
    link_color: readableOn('#ffffff', accent),
    link_color_dark: readableOn(darkBackground, accent),
  }
}

/** It stands in style attributes, where anything but a colour has no business. */
function color(key: string, value: string): string {
  if (/^#[\da-f]{6}$/i.test(value)) return value.toLowerCase()
  const field = `branding.${key}`
  throw new IncidentMailerError(
    'INVALID_CONFIG',
    `${field} has to be a colour such as "#175cd3", not ${quoted(value)}`,
    {
      field,
    },
  )
}

function linesOf(text: string | undefined): string[] {
  const trimmed = (text ?? '').trim()
  return trimmed === '' ? [] : trimmed.split(/\r\n|\r|\n/)
}

/** The logo's bytes as an address, which composing makes an embedded image of. */
async function logoAddress(logo: string | undefined): Promise<string> {
  const file = logo === undefined ? resolve(builtInFolder, '_base', 'logo.png') : resolve(logo)
  const type = types[extname(file).toLowerCase()]
  const field = 'branding.logo'
  if (type === undefined) {
    throw new IncidentMailerError(
      'INVALID_CONFIG',
      `${field} has to be a .png, .jpg or .gif file, not ${quoted(file, 200)}`,
      {
        field,
      },
    )
  }
  try {
    return `data:${type};base64,${(await readFile(file)).toString('base64')}`
  } catch (cause) {
    const missing = codeOf(cause) === 'ENOENT'
    throw new IncidentMailerError(
      missing ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE',
      missing
        ? `the logo ${file} does not exist; correct ${field}`
        : `the logo ${file} cannot be read: ${messageOf(cause)}`,
      { field, cause },
    )
  }
}
