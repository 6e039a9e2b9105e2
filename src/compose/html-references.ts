/** A place in the HTML that names an image. */
export interface ImageReference {
  /** What it names, character references decoded. */
  readonly url: string
  /** Where it stands, from its first character to the one behind its last. */
  readonly start: number
  readonly end: number
}

/** What an HTML document refers to. */
export interface HtmlReferences {
  readonly images: readonly ImageReference[]
  /** The Content-IDs that it mentions anywhere, also where only some mail programs look. */
  readonly cids: ReadonlySet<string>
}

/**
 * Finds the images that HTML shows: in `src` and `background`, and in `url()` in styles. Only their places
 * are told, so that they can be replaced and every other byte of the document stays as it is. The tokenizer is only asked, and
 * loaded, where there may be any.
 */
export async function findReferences(html: string): Promise<HtmlReferences> {
  const images: ImageReference[] = []
  const cids = new Set<string>()
  if (!CANDIDATES.test(html)) return { images, cids }
  const { Tokenizer } = await import('htmlparser2')

  let tag = ''
  let attribute = ''
  const addCids = (text: string) => {
    if (!/cid:/i.test(text)) return
    for (const [, cid = ''] of text.matchAll(CID_URL)) cids.add(decodePercent(cid))
  }
  const addStyle = (start: number, end: number) => {
    const style = html.slice(start, end)
    if (!/url\(/i.test(style)) return
    addCids(decodeReferences(style))
    for (const { indices } of style.matchAll(STYLE_URL)) {
      const [from, to] = indices?.groups?.url ?? [0, 0]
      images.push({ url: style.slice(from, to), start: start + from, end: start + to })
    }
  }
  const tokenizer = new Tokenizer(
    { decodeEntities: false },
    {
      onopentagname(start, end) {
        tag = html.slice(start, end).toLowerCase()
      },
      onattribname(start, end) {
        attribute = html.slice(start, end).toLowerCase()
      },
      onattribdata(start, end) {
        if (attribute === 'style') return addStyle(start, end)
        const value = decodeReferences(html.slice(start, end)).trim()
        addCids(value)
        if (attribute === 'background' || (attribute === 'src' && IMAGE_TAGS.has(tag)))
          images.push({ url: value, start, end })
      },
      ontext(start, end) {
        if (tag === 'style') addStyle(start, end)
      },
      onclosetag() {
        tag = ''
      },
      // Outlook reads comments that others skip.
      oncomment(start, end) {
        addCids(html.slice(start, end))
      },
      ...REST_IGNORED,
    },
  )
  tokenizer.write(html)
  tokenizer.end()
  return { images, cids }
}

/** HTML with other text in these places; they come in order and do not overlap. */
export function replacePlaces(
  html: string,
  places: readonly { start: number; end: number; text: string }[],
): string {
  let result = ''
  let position = 0
  for (const { start, end, text } of places) {
    result += html.slice(position, start) + text
    position = end
  }
  return result + html.slice(position)
}

/** A URL's percent-encoding undone; as it is where it is none. */
export function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The character references that occur in URLs. */
function decodeReferences(text: string): string {
  if (!text.includes('&')) return text
  return text
    .replace(/&(?:amp|#38|#x26);/gi, '&')
    .replace(/&#(?:x([\da-f]{1,6})|(\d{1,7}));/gi, (all, hex, decimal) => {
      const point = hex ? Number.parseInt(hex, 16) : Number(decimal)
      return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : all
    })
}

const CANDIDATES = /\b(?:src|background)\s*=|url\(|cid:/i
const IMAGE_TAGS = new Set(['img', 'image', 'input', 'v:imagedata', 'v:fill'])
const STYLE_URL = /url\(\s*(?:["']|&quot;|&#39;)?(?<url>[^"'()\\\s&<>]+)(?:["']|&quot;|&#39;)?\s*\)/dgi
const CID_URL = /\bcid:([^"'\s<>()&]+)/gi
const ignore = () => {}
const REST_IGNORED = {
  onattribentity: ignore,
  onattribend: ignore,
  oncdata: ignore,
  ondeclaration: ignore,
  onend: ignore,
  onopentagend: ignore,
  onprocessinginstruction: ignore,
  onselfclosingtag: ignore,
  ontextentity: ignore,
}
