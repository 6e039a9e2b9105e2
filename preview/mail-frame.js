import { h } from './dom.js'
import { address } from './server.js'

/** How wide the mail is shown, in CSS pixels; null for all there is. */
export const WIDTHS = { desktop: null, tablet: 768, phone: 375 }

/**
 * The mail's HTML in a frame in which nothing runs and from which nothing is loaded. A new version is loaded behind
 * the old one, scrolled to the same place, and then takes its place, so that nothing jumps.
 */
export function mailFrame() {
  const desk = h('div.desk')
  let shown = null

  function show(mail, { width, scheme }) {
    desk.dataset.width = width
    desk.dataset.scheme = scheme
    const source = address(`frame/${mail.id}?scheme=${scheme}`)
    if (shown?.src === source) return
    const next = h('iframe', {
      title: `The mail as HTML, ${scheme}`,
      // Same origin, so that the page can scroll it; and no scripts, forms, windows or navigation whatsoever.
      sandbox: 'allow-same-origin',
      src: source,
      class: 'coming',
      load: () => {
        if (!next.isConnected) return
        const place = scrollOf(shown)
        next.contentWindow?.scrollTo(place.x, place.y)
        next.classList.remove('coming')
        for (const frame of [...desk.children]) if (frame !== next) frame.remove()
        shown = next
        keepInside(next)
      },
    })
    for (const frame of [...desk.children]) if (frame !== shown) frame.remove()
    desk.append(next)
  }

  return { element: desk, show }
}

function scrollOf(frame) {
  try {
    return { x: frame?.contentWindow?.scrollX ?? 0, y: frame?.contentWindow?.scrollY ?? 0 }
  } catch {
    return { x: 0, y: 0 }
  }
}

/** Keys pressed in the mail are meant for the page, and a link says where it would lead. */
function keepInside(frame) {
  const inside = frame.contentDocument
  if (!inside) return
  inside.addEventListener('keydown', (event) => {
    const { key, ctrlKey, metaKey, altKey, shiftKey } = event
    document.dispatchEvent(
      new KeyboardEvent('keydown', { key, ctrlKey, metaKey, altKey, shiftKey, bubbles: true }),
    )
  })
  inside.addEventListener('click', (event) => {
    const link = event.target?.closest?.('a[href]')
    if (!link) return
    event.preventDefault()
    document.dispatchEvent(new CustomEvent('mail-link', { detail: link.getAttribute('href') }))
  })
}
