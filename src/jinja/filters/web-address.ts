/** Endings of host names that are known without `www.` or a scheme in front. */
const knownEndings = new Set(['com', 'net', 'int', 'edu', 'gov', 'org', 'info', 'mil'])

const label = /^[\p{L}\p{N}_%-]+$/u

/** Whether a word is a web address, as Jinja2 recognises one. Every step looks at each character once. */
export function isWebAddress(word: string): boolean {
  const start = /^(?:https?:\/\/|www\.)/i.exec(word)?.[0] ?? ''
  if (start !== '' && start.includes('/') && word.startsWith('[', start.length)) {
    const close = word.indexOf(']', start.length)
    return (
      close > 0 &&
      close - start.length <= 45 &&
      isIpv6(word.slice(start.length + 1, close)) &&
      hasPlainRest(word.slice(close + 1))
    )
  }
  const end = hostEnd(word, start.length)
  if (!hasPlainRest(word.slice(end))) return false
  const host = word.slice(start.length, end)
  if (start !== '' && isNamedHost(host.split('.'))) return true
  if (start.includes('/') && /^\p{Nd}{1,3}(?:\.\p{Nd}{1,3}){3}$/u.test(host)) return true
  return isKnownHost(word.slice(0, end).split('.'))
}

function hostEnd(word: string, from: number): number {
  const rest = /[:/?#]/.exec(word.slice(from))
  return rest ? from + rest.index : word.length
}

/** What may follow a host: a port, and a path, query or fragment. */
function hasPlainRest(rest: string): boolean {
  const afterPort = rest.replace(/^:\p{Nd}{1,5}/u, '')
  return afterPort === '' || '/?#'.includes(afterPort.charAt(0))
}

/** Labels with an ending of letters, or one in Punycode. */
function isNamedHost(labels: readonly string[]): boolean {
  const ending = labels.at(-1) ?? ''
  return (
    labels.slice(0, -1).every((each) => label.test(each)) &&
    (/^[a-z]{2,63}$/i.test(ending) || /^xn--[\p{L}\p{N}_%]{2,59}$/iu.test(ending))
  )
}

function isKnownHost(labels: readonly string[]): boolean {
  return (
    labels.length > 1 &&
    knownEndings.has((labels.at(-1) ?? '').toLowerCase()) &&
    labels.slice(0, -1).every((each) => each.length >= 2 && each.length <= 63 && label.test(each))
  )
}

/** Two groups that end in a colon, and up to six more: at most 45 characters, so backtracking has an end. */
function isIpv6(text: string): boolean {
  const groups = text.split(':')
  if (groups.length < 3 || groups.length > 9) return false
  if (groups.some((group) => group.length > 4 * 6 || !/^[\p{Nd}a-f]*$/iu.test(group))) return false
  const [first = '', second = '', ...rest] = groups
  // Further groups may stand without a colon between them, as long as there are no more than six.
  const more = rest.reduce((sum, group, index) => {
    const needed = Math.max(Math.ceil(group.length / 4), index < rest.length - 1 || rest.length === 1 ? 1 : 0)
    return sum + needed
  }, 0)
  return first.length <= 4 && second.length <= 4 && more <= 6
}

/** Whether a word is a mail address, as Jinja2 recognises one. */
export function isMailAddress(word: string): boolean {
  const at = word.lastIndexOf('@')
  const domain = word.slice(at + 1)
  const dot = domain.lastIndexOf('.')
  return (
    at > 0 &&
    dot > 0 &&
    /^[\p{L}\p{N}_][\p{L}\p{N}_.-]*$/u.test(domain) &&
    /^[\p{L}\p{N}_]+$/u.test(domain.slice(dot + 1))
  )
}
