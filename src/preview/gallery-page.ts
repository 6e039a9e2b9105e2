import type { GalleryMail } from './gallery.js'

/** The gallery's first page: one card a mail, by template. It has no scripts, and needs no network. */
export function galleryPage(mails: readonly GalleryMail[], pictures: boolean): string {
  const labels = [...new Set(mails.map(({ template }) => template))]
  const sections = labels.map((label) => {
    const cards = mails.filter(({ template }) => template === label).map((mail) => card(mail, pictures))
    return `<section>\n<h2>${asHtml(label)}</h2>\n<div class="cards">\n${cards.join('\n')}\n</div>\n</section>`
  })
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src 'self' file: data:; style-src 'unsafe-inline'">
<title>Mails</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Mails</h1>
${sections.join('\n')}
</body>
</html>
`
}

function card({ incident, subject, files, problem, warnings }: GalleryMail, pictures: boolean): string {
  if (problem !== null) {
    return `<article class="problem"><h3>${asHtml(incident)}</h3><p>${asHtml(problem)}</p></article>`
  }
  const shown = pictures ? ['light', 'dark', 'phone'].filter((look) => files[look] !== undefined) : []
  const images = shown.map(
    (look) =>
      `<a href="${link(files[look])}"><img src="${link(files[look])}" alt="${asHtml(`${incident}, ${look}`)}" loading="lazy"></a>`,
  )
  const links = ['light page', 'dark page', 'text']
    .filter((look) => files[look] !== undefined)
    .map((look) => `<a href="${link(files[look])}">${look}</a>`)
  const note =
    warnings > 0
      ? ` <span class="warnings">${warnings} ${warnings === 1 ? 'warning' : 'warnings'}</span>`
      : ''
  return `<article><h3>${asHtml(subject ?? incident)}</h3><div class="pictures">${images.join('')}</div><p>${links.join(' · ')}${note}</p></article>`
}

function link(file = ''): string {
  return asHtml(encodeURIComponent(file))
}

function asHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

const STYLE = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif }
body { max-width: 1200px; margin: 0 auto; padding: 32px 24px 64px; background: Canvas; color: CanvasText }
h1 { font-size: 24px } h2 { margin: 40px 0 12px; font-size: 18px } h3 { margin: 0 0 10px; font-size: 14px; overflow-wrap: anywhere }
.cards { display: grid; gap: 16px; grid-template-columns: repeat(auto-fill, minmax(340px, 1fr)) }
article { padding: 16px; border: 1px solid color-mix(in srgb, CanvasText 18%, Canvas); border-radius: 12px }
.pictures { display: flex; gap: 8px } .pictures a { flex: 1 }
img { width: 100%; height: 220px; border-radius: 6px; object-fit: cover; object-position: top; border: 1px solid color-mix(in srgb, CanvasText 12%, Canvas) }
p { margin: 10px 0 0; font-size: 13px } .warnings { font-weight: 600 } .problem { border-color: #b42318 }
`
