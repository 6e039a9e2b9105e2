// Writes preview/mail-clients.json from the data of caniemail.com: what the mail programs that most people have do
// not support. Run after the package caniemail was updated: `node scripts/mail-clients.mjs`.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const source = fileURLToPath(import.meta.resolve('caniemail/caniemail.json'))
const { data, nicenames } = JSON.parse(readFileSync(source, 'utf8'))

const FAMILIES = [
  'apple-mail',
  'gmail',
  'outlook',
  'yahoo',
  'samsung-email',
  'thunderbird',
  'protonmail',
  'gmx',
]
// Microsoft retired it in 2024.
const RETIRED = ['windows-mail']

/** The last version's answer: `y`, `n`, `a #1`, `u`. */
const latest = (versions) => Object.values(versions).at(-1) ?? 'u'

/** `Outlook (Windows, Outlook.com)`; the family alone where none of its programs does. */
function without(stats) {
  return FAMILIES.flatMap((family) => {
    const platforms = Object.entries(stats[family] ?? {}).filter(([platform]) => !RETIRED.includes(platform))
    const missing = platforms.filter(([, versions]) => latest(versions).startsWith('n'))
    if (missing.length === 0) return []
    const names = missing.map(([platform]) => nicenames.platform[platform] ?? platform)
    const name = nicenames.family[family]
    return [missing.length === platforms.length ? name : `${name} (${names.join(', ')})`]
  })
}

const support = Object.fromEntries(
  data
    .filter(({ category }) => category === 'css' || category === 'html')
    .map(({ slug, stats }) => [slug, without(stats)])
    .filter(([, names]) => names.length > 0)
    .sort(([one], [other]) => one.localeCompare(other)),
)
const target = fileURLToPath(new URL('../preview/mail-clients.json', import.meta.url))
writeFileSync(target, `${JSON.stringify(support, null, 1)}\n`)
console.log(`preview/mail-clients.json: ${Object.keys(support).length} features`)
