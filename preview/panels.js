import { h, milliseconds, octets } from './dom.js'
import { address } from './server.js'

/** The plain text, as a terminal shows it. */
export function textPanel({ text }) {
  return h('pre.text', { tabindex: 0, 'aria-label': 'The mail as plain text' }, text)
}

/** The header fields, readable. */
export function headersPanel({ headers, envelope }) {
  const rows = [
    ['Envelope from', envelope.from],
    ['Envelope to', envelope.to.map(({ address: to, kind }) => `${to} (${kind})`).join(', ')],
  ]
  return [
    table(
      'Header fields',
      ['Field', 'Value'],
      headers.map(({ name, value }) => [h('code', {}, name), value]),
    ),
    h('h3', {}, 'Envelope'),
    table('Envelope', ['Field', 'Value'], rows),
  ]
}

/** The tree of parts, and the source. */
export function sourcePanel(mail) {
  return [
    h('h3', {}, 'Parts'),
    h('div.scroll', { tabindex: 0, role: 'region', 'aria-label': 'The parts of the message' }, parts(mail)),
    h('h3', {}, 'Source'),
    h(
      'pre.source',
      { tabindex: 0, 'aria-label': 'The source of the message' },
      mail.source,
      mail.sourceCut > 0 ? `\n… and ${mail.sourceCut} more characters, which the download has` : '',
    ),
  ]
}

function parts(mail) {
  const rows = []
  const walk = (part, depth) => {
    const label = part.name ?? ''
    rows.push([
      h('span', { class: `tree depth-${Math.min(depth, 6)}` }, h('code', {}, part.type)),
      label,
      part.contentId ?? '',
      part.encoding,
      octets(part.parts.length > 0 ? part.size : part.contentSize),
      part.parts.length === 0 &&
        h(
          'a.download',
          { href: address(`part/${mail.id}/${part.path}`), download: true },
          'Download',
          h('span.hidden', {}, ` part ${part.path}, ${part.type}`),
        ),
    ])
    for (const child of part.parts) walk(child, depth + 1)
  }
  walk(mail.parts, 0)
  return table('The parts of the message', ['Type', 'Name', 'Content-ID', 'Encoding', 'Size', ''], rows)
}

/** What signing and encrypting would do. */
export function securityPanel({ signing, encryption }) {
  const signed = signing.signer !== null
  const encrypted = encryption.wanted && encryption.problem === null
  return [
    verdict(
      'Signature',
      signing.problem
        ? ['bad', 'It cannot be signed.', signing.problem.message]
        : signed
          ? ['good', 'It would be signed.', null]
          : ['plain', 'It would not be signed.', 'Configure smime.identity to sign mails.'],
    ),
    signed && certificate('The signer', signing.signer),
    ...signing.cosigners.map((cosigner) => certificate('A cosigner', cosigner)),
    verdict(
      'Encryption',
      encryption.problem
        ? ['bad', 'It cannot be encrypted, and would not be sent.', encryption.problem.message]
        : encrypted
          ? [
              'good',
              `It would be encrypted, in ${encryption.copies === 1 ? 'one copy' : `${encryption.copies} copies`}.`,
              null,
            ]
          : ['plain', 'It would not be encrypted.', 'Choose Encrypt in the job to see who could read it.'],
    ),
    table(
      'Recipients and their certificates',
      ['Recipient', 'Stands in', 'Certificate', 'Valid until'],
      encryption.recipients.map(({ address: recipient, kind, certificates, problem }) => [
        recipient,
        kind,
        certificates.length === 0
          ? h(
              'span.missing',
              {},
              problem?.code === 'CERTIFICATE_MISSING' ? 'none' : (problem?.message ?? 'none'),
            )
          : certificates.map(({ subject }) => subject).join('; '),
        certificates.map(({ notAfter }) => notAfter.slice(0, 10)).join(', '),
      ]),
    ),
  ]
}

function verdict(title, [kind, sentence, hint]) {
  return h(
    'div',
    { class: `verdict ${kind}` },
    h('h3', {}, title),
    h('p', {}, h('strong', {}, sentence), ' ', hint),
  )
}

function certificate(title, { subject, issuer, addresses, notAfter, fingerprint }) {
  return table(
    title,
    ['Field', 'Value'],
    [
      ['Subject', subject],
      ['Issuer', issuer],
      ['Addresses', addresses.join(', ')],
      ['Valid until', notAfter.slice(0, 10)],
      ['SHA-256', h('code', {}, fingerprint)],
    ],
  )
}

/** What looks wrong. */
export function findingsPanel({ findings }) {
  if (findings.length === 0) return verdict('Findings', ['good', 'Nothing looks wrong.', null])
  return h(
    'ul.findings',
    {},
    findings.map(({ level, code, message }) =>
      h(
        'li',
        {},
        h(`span.badge${level === 'warning' ? '.warn' : ''}`, {}, level),
        h('span', {}, message),
        h('code', {}, code),
      ),
    ),
  )
}

/** How large the mail is, and how long each stage took. */
export function footer({ size, timings }) {
  const stages = Object.entries(timings).map(([stage, time]) =>
    h('span', {}, `${stage} ${milliseconds(time)}`),
  )
  return h(
    'footer.facts',
    { 'aria-label': 'Size and time' },
    h('span', {}, h('strong', {}, octets(size.message)), ' as it travels'),
    h('span', {}, `HTML ${octets(size.html)}`),
    h('span', {}, `text ${octets(size.text)}`),
    h('span.push', {}),
    stages,
  )
}

/** A table with a caption for screen readers. */
export function table(caption, head, rows) {
  return h(
    'table',
    {},
    h('caption.hidden', {}, caption),
    h(
      'thead',
      {},
      h(
        'tr',
        {},
        head.map((cell) => (cell === '' ? h('td') : h('th', { scope: 'col' }, cell))),
      ),
    ),
    h(
      'tbody',
      {},
      rows.map((row) =>
        h(
          'tr',
          {},
          row.map((cell) => h('td', {}, cell)),
        ),
      ),
    ),
  )
}
