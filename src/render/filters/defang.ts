import { isIPv4, isIPv6 } from 'node:net'

/** What a host, an address or a mailbox is written with. Runs of it are looked at one by one, each once. */
const run = /[\p{L}\p{M}\p{N}_.+%@:\u3002\uff0e\uff61-]+/gu

/** Full stops of other scripts separate labels too (RFC 3490, section 3.1): browsers follow `evil。example`. */
const dot = /[.\u3002\uff0e\uff61]/g

/** Endings of file names that are no top-level domains, so that `invoice.pdf` stays as it is. */
const fileEndings = new Set(
  (
    '7z asp aspx bak bat bin bmp cer cfg cgi cmd conf crt csv dat db dll dmp doc docm docx eml evtx exe gif gz ' +
    'hta htm html ico ics img ini iso jar jpeg jpg js json jsp key lnk log mp3 mp4 msg msi odt p12 p7m p7s pcap ' +
    'pdf pem php png ppt pptx ps1 rar reg rtf scr svg sys tar tif tiff tmp txt vbs vhd wav webp wsf xls xlsb xlsm ' +
    'xlsx xml yaml yml'
  ).split(' '),
)

/**
 * Text whose links no mail program makes clickable: `hxxps://evil[.]example`, `user[@]evil[.]example`,
 * `203[.]0[.]113[.]7`, `2001[:]db8[:][:]1`. What is defanged already stays as it is; {@link refang} undoes it.
 */
export function defang(text: string): string {
  return text
    .replace(/(?<![\p{L}\p{N}])(?:https?|ftps?)(?=:\/\/)/giu, (scheme) =>
      scheme.replaceAll('t', 'x').replaceAll('T', 'X'),
    )
    .replace(run, (found, offset: number, whole: string) =>
      // Whatever follows a scheme is a host, whether it looks like one or not.
      whole.startsWith('://', offset - 3) ? defangHost(found, true) : defangRun(found),
    )
}

/** Text as it was before {@link defang}, and as before what other tools and people write: `(dot)`, `[at]`. */
export function refang(text: string): string {
  return text
    .replace(/[[({](?:dot|([.\u3002\uff0e\uff61]))[\])}]/gi, (_, stop?: string) => stop ?? '.')
    .replace(/[[({](?:at|@)[\])}]/gi, '@')
    .replace(/\[:(?:\/\/)?\]/g, (colon) => colon.slice(1, -1))
    .replace(/(?<![\p{L}\p{N}])(?:hxxps?|fxps?)(?=:\/\/)/giu, (scheme) =>
      scheme.replaceAll('x', 't').replaceAll('X', 'T'),
    )
}

function defangRun(found: string): string {
  if (isAddress6(found)) return defangAddress6(found)
  // Punctuation behind a name is the sentence's, not the name's.
  const end = endOfName(found)
  return defangHost(found.slice(0, end), false) + found.slice(end)
}

/** A host, with the mailbox or user before it and the port behind it where there are any. */
function defangHost(found: string, certain: boolean): string {
  const at = found.lastIndexOf('@')
  const user = found.slice(0, Math.max(0, at))
  const host = found.slice(at + 1)
  const harmless = defangName(host, certain)
  if (at < 0) return harmless
  return user === '' || host === '' ? `${user}@${harmless}` : `${user}[@]${harmless}`
}

function defangName(host: string, certain: boolean): string {
  if (isAddress6(host)) return defangAddress6(host)
  return host
    .split(':')
    .map((part) => (certain || isAddress4(part) || isDomain(part) ? part.replace(dot, '[$&]') : part))
    .join(':')
}

function defangAddress6(address: string): string {
  return address.replace(/[:.]/g, '[$&]')
}

function isAddress6(text: string): boolean {
  return text.length <= 60 && isIPv6(text) && /[\da-f]/i.test(text)
}

function isAddress4(text: string): boolean {
  return isIPv4(text) || /^\d{1,3}(?:\.\d{1,3}){3}$/.test(text)
}

/** Whether a text is labels with full stops between, of which the last can be a top-level domain. */
function isDomain(text: string): boolean {
  const labels = text.split(dot)
  const last = labels.at(-1) ?? ''
  if (labels.length < 2 || labels.includes('')) return false
  return /^(?:\p{L}[\p{L}\p{M}]{1,62}|xn--[a-z\d-]+)$/iu.test(last) && !fileEndings.has(last.toLowerCase())
}

function endOfName(text: string): number {
  let end = text.length
  while (end > 0 && '.:+%-'.includes(text.charAt(end - 1))) end--
  return end
}
