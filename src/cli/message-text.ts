import { decodeWords } from '../decode-words.js'
import type { Reason } from '../smime/reading/reasons.js'
import type { Layer, MessageReport, SignerReport } from '../smime/reading/verification.js'

/** What a message is worth, for people at a terminal. */
export function messageText(report: MessageReport): string {
  const { status, reasons, layers, signers, from, headers } = report
  const subject = headers.find(({ name }) => name.toLowerCase() === 'subject')
  const lines: (readonly [name: string, value: string])[] = [
    ['from', from?.map(({ address }) => address).join(', ') ?? 'nobody can tell'],
    [
      'subject',
      subject
        ? `${decodeWords(subject.value).slice(0, 200)} (${subject.coverage === 'none' ? 'not protected' : subject.coverage})`
        : '',
    ],
    ...signers.flatMap(signerLines),
    ['encrypted', encryptionOf(layers)],
  ]
  return [
    HEADLINES[status],
    ...lines.filter(([, value]) => value !== '').map(([name, value]) => `  ${name.padEnd(10)}  ${value}`),
    ...reasons.map(reasonLine),
  ].join('\n')
}

const HEADLINES: Readonly<Record<MessageReport['status'], string>> = {
  verified: 'VERIFIED: it is what the signer signed, and they are who From says.',
  untrusted: 'NOT TRUSTED: it is signed, but nothing says that the signer is who they seem to be.',
  unsigned: 'NOT SIGNED: anybody may have written it.',
  unreadable: 'NOT READABLE: it is encrypted, and nobody can tell what is inside.',
  broken: 'BROKEN: it is not what was signed. Do not believe it.',
}

function signerLines({ certificate, addresses, chain, signingTime, today, atSigningTime }: SignerReport) {
  const who = certificate ? `${certificate.subject} (${addresses.join(', ') || 'no address'})` : 'unknown'
  const issuer =
    chain.length > 1
      ? chain
          .slice(1)
          .map(({ subject }) => subject)
          .join(' < ')
      : certificate?.issuer
  return [
    ['signed by', who],
    ['issued by', issuer ?? ''],
    [
      'signed at',
      signingTime
        ? `${signingTime}, as the signer says; the certificate was ${atSigningTime?.trust} then`
        : '',
    ],
    ['today', `the certificate is ${today.trust}`],
  ] as const
}

function encryptionOf(layers: readonly Layer[]): string {
  const encrypted = layers.flatMap((layer) => (layer.kind === 'encrypted' ? [layer] : []))
  if (encrypted.length === 0) return 'no'
  return encrypted
    .map(({ algorithm, recipients, integrity }) => {
      const changes = integrity === 'authenticated' ? '' : ', which does not show changes'
      return `${algorithm ?? 'in an unknown way'}${changes}, for ${recipients}`
    })
    .join('; ')
}

function reasonLine({ code, effect, message }: Reason): string {
  return `${effect === 'noted' ? 'Note' : 'Because'} (${code}): ${message}`
}
