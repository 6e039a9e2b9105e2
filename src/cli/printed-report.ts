import { X509Certificate } from 'node:crypto'
import type { MessageReport, SignerReport } from '../smime/reading/verification.js'

/**
 * What a message is worth, as JSON shows it: each certificate in PEM once, by its fingerprint, and not again with every
 * signer of every layer. A signer's `forAnswers` is the fingerprint.
 */
export function printedReport({ signers, layers, ...report }: MessageReport) {
  const certificates: Record<string, string> = {}
  const kept = (pem: string | null) => {
    if (pem === null) return null
    const fingerprint = new X509Certificate(pem).fingerprint256
    certificates[fingerprint] = pem
    return fingerprint
  }
  const printed = ({ pem, forAnswers, ...signer }: SignerReport) => {
    kept(pem)
    return { ...signer, forAnswers: kept(forAnswers) }
  }
  return {
    ...report,
    signers: signers.map(printed),
    layers: layers.map((layer) =>
      layer.kind === 'signed' ? { ...layer, signers: layer.signers.map(printed) } : layer,
    ),
    certificates,
  }
}
