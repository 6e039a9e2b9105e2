import { derHeader, derStart, integer, oid, sequence, sorted, tags, writeDer } from '../encoding/der.js'
import { oids } from '../encoding/oids.js'
import { digestIdentifiers } from './signature-algorithm.js'
import type { Signer } from './signer-info.js'

/** Makes SignedData (RFC 5652, section 5) out of what the signers made. */
export interface SignedDataWriter {
  /** Without the content, which stands beside it. */
  detached(signerInfos: readonly Buffer[]): Buffer
  /** What stands before and behind content of that many octets. */
  around(signerInfos: readonly Buffer[], size: number): readonly [start: Buffer, end: Buffer]
}

/** Prepares what is the same in every SignedData of these signers. */
export function signedDataWriter(signers: readonly Signer[]): SignedDataWriter {
  const digests = new Set(signers.map(({ hash }) => digestIdentifiers[hash]))
  const certificates = new Map(
    signers.flatMap((signer) => signer.certificates.map(({ der }) => [der.toString('latin1'), der] as const)),
  )
  // Version 1: issuerAndSerialNumber, and content of type data (RFC 5652, section 5.1).
  const start = Buffer.concat([integer(1), writeDer(tags.set, sorted([...digests]))])
  const certificateSet = writeDer(tags.context0, ...certificates.values())
  const detachedStart = Buffer.concat([start, sequence(oid(oids.data)), certificateSet])

  return {
    detached: (signerInfos) => {
      const signedData = sequence(detachedStart, writeDer(tags.set, sorted(signerInfos)))
      return sequence(oid(oids.signedData), writeDer(tags.context0, signedData))
    },
    around: (signerInfos, size) => {
      const end = Buffer.concat([certificateSet, writeDer(tags.set, sorted(signerInfos))])
      // From the inside out: the headers of OCTET STRING, [0], EncapsulatedContentInfo, SignedData, [0], ContentInfo.
      const octets = derHeader(tags.octetString, size)
      const explicit = derStart(tags.context0, [octets], size)
      const encapsulated = derStart(tags.sequence, [oid(oids.data), explicit], size)
      const signedData = derStart(tags.sequence, [start, encapsulated], size + end.length)
      const typed = derStart(tags.context0, [signedData], size + end.length)
      const head = derStart(tags.sequence, [oid(oids.signedData), typed], size + end.length)
      return [head, end]
    },
  }
}
