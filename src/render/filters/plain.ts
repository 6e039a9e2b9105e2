import { Tokenizer } from 'htmlparser2'

const lines = new Set('address article aside dd div dl dt footer header hr li section tr'.split(' '))
const paragraphs = new Set('blockquote h1 h2 h3 h4 h5 h6 ol p pre table ul'.split(' '))

/**
 * Rich text as lines of plain text: blocks begin lines, list items have a dash, links their address, and
 * character references are resolved. Text without markup keeps its lines. Goes through the text once, since
 * attackers write incidents.
 */
export function plain(html: string): string {
  if (!/[<&]/.test(html)) return html.trim()
  const output: string[] = []
  let name = ''
  let hidden = false
  let attribute = ''
  let link = ''
  let linkStart = 0

  const text = (characters: string) => {
    if (!hidden) output.push(characters.replace(/\s+/g, ' '))
  }
  const newLine = () => {
    if (output.length > 0 && output.at(-1) !== '\n') output.push('\n')
  }
  const around = (tag: string) => {
    if (lines.has(tag) || paragraphs.has(tag)) newLine()
    if (paragraphs.has(tag)) output.push('\n')
  }
  const start = () => {
    hidden = name === 'script' || name === 'style' || name === 'title'
    around(name)
    if (name === 'br') output.push('\n')
    if (name === 'li') output.push('- ')
    if (name === 'td' || name === 'th') output.push(' ')
    linkStart = name === 'a' ? output.length : linkStart
  }
  const end = (tag: string) => {
    hidden = false
    if (tag === 'a' && link !== '') {
      const shown = output.slice(linkStart).join('').trim()
      if (shown !== link && `mailto:${shown}` !== link) output.push(` <${link}>`)
      link = ''
    }
    around(tag)
  }
  const href = (value: string) => {
    if (name === 'a' && attribute === 'href') link += value
  }
  const nothing = () => {}

  const tokenizer = new Tokenizer(
    { decodeEntities: true },
    {
      ontext: (from, to) => text(html.slice(from, to)),
      ontextentity: (codePoint) => text(String.fromCodePoint(codePoint)),
      onopentagname(from, to) {
        name = html.slice(from, to).toLowerCase()
        if (name === 'a') link = ''
      },
      onattribname(from, to) {
        attribute = html.slice(from, to).toLowerCase()
      },
      onattribdata: (from, to) => href(html.slice(from, to)),
      onattribentity: (codePoint) => href(String.fromCodePoint(codePoint)),
      onattribend: nothing,
      onopentagend: start,
      onselfclosingtag: start,
      onclosetag: (from, to) => end(html.slice(from, to).toLowerCase()),
      oncomment: nothing,
      ondeclaration: nothing,
      onprocessinginstruction: nothing,
      oncdata: nothing,
      onend: nothing,
    },
  )
  tokenizer.write(html)
  tokenizer.end()
  return output
    .join('')
    .split('\n')
    .map((line) => line.trim())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
}
