import { bodyRows, encryptionRows, type Obstacle, type ReaderName, signatureRows } from './rows.js'

const columns: readonly (readonly [name: ReaderName, title: string])[] = [
  ['openssl', 'OpenSSL 3.0'],
  ['nss', 'NSS 3.87'],
  ['gpgsm', 'gpgsm 2.2'],
]

/** Who reads what, in Markdown: what the tests of this folder hold. */
export function matrixTable(): string {
  const head = ['what we make', ...columns.map(([, title]) => title)]
  const bodies = bodyRows.map(({ title }) => title).join('; ')
  return [
    '<!-- matrix -->',
    line(head),
    line(head.map(() => '---')),
    ...signatureRows.map((row) => rowOf('signed', row)),
    ...encryptionRows.map((row) => rowOf('encrypted', row)),
    line([`signed, then encrypted: ${bodies}`, ...columns.map(() => 'reads')]),
    '<!-- /matrix -->',
  ].join('\n')
}

interface Row {
  readonly title: string
  readonly unreadable: Partial<Record<ReaderName, Obstacle>>
}

function rowOf(kind: string, { title, unreadable }: Row): string {
  const cells = columns.map(([name]) => {
    const obstacle = unreadable[name]
    return obstacle ? `no: ${obstacle.because}` : 'reads'
  })
  return line([`${kind}: ${title}`, ...cells])
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}
