/**
 * Makes an element. Text is only ever text: there is no way from a string to markup in this page.
 *
 * @param {string} name such as `p`, `p.note` or `button.button.quiet`
 * @param {Record<string, unknown>} [properties] attributes; functions are listeners by the event's name; what is
 *   false, null or undefined is left out
 * @param {...unknown} children elements, text, or lists of them
 */
export function h(name, properties = {}, ...children) {
  const [tag, ...classes] = name.split('.')
  const element = document.createElement(tag)
  if (classes.length > 0) element.className = classes.join(' ')
  for (const [key, value] of Object.entries(properties)) {
    if (value === false || value === null || value === undefined) continue
    if (typeof value === 'function') element.addEventListener(key, value)
    else element.setAttribute(key, value === true ? '' : String(value))
  }
  element.append(
    ...children.flat(9).filter((child) => child !== null && child !== undefined && child !== false),
  )
  return element
}

/** Says something to screen readers, and to nobody else. */
export function announce(message) {
  document.getElementById('announce').textContent = message
}

/** `1.4 MB`, as the filter `filesize` writes it. */
export function octets(count) {
  if (count < 1000) return `${count} bytes`
  const units = ['kB', 'MB', 'GB']
  const power = Math.min(Math.floor(Math.log10(count) / 3), units.length)
  return `${(count / 1000 ** power).toFixed(1)} ${units[power - 1]}`
}

/** `12 ms`, `0.4 ms`. */
export function milliseconds(time) {
  return `${time < 10 ? time.toFixed(1) : Math.round(time)} ms`
}

/** `3 warnings`. */
export function count(number, one, many = `${one}s`) {
  return `${number} ${number === 1 ? one : many}`
}
