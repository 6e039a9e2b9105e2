/**
 * A URL without user name and password, in any writing that is taken for one: with white space before it, a backslash
 * for a slash, or no slashes at all.
 *
 * @param instead - what stands in their place, with the `@`
 */
export function urlWithoutLogin(text: string, instead: '***@' | ''): string {
  const end = text.lastIndexOf('@')
  if (end === -1) return text
  const scheme = /^[\s\p{Cc}]*([a-z][a-z\d+.-]*:)/iu.exec(text)?.[1]
  return `${scheme === undefined ? '' : `${scheme}//`}${instead}${text.slice(end + 1)}`
}
