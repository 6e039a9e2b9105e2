import type { Warning } from '../../mail.js'
import type { Reason } from '../reading/reasons.js'
import type { Certificate } from './certificate.js'
import { doubts, nameOf } from './certificate-checks.js'
import type { JobCertificates } from './job-certificates.js'
import type { Assignment } from './recipient-certificates.js'

/** What is doubtful about the certificates a mail is encrypted to, and those it is not. */
export function recipientWarnings(assignment: Assignment, job: JobCertificates, moment: Date): Warning[] {
  const used = usedIn(assignment)
  return [
    ...used.flatMap((certificate) => doubts(certificate, 'encrypt', moment)),
    ...job.unnamed.map((certificate) => withoutAddress(certificate, used.includes(certificate))),
    ...job.named.filter((certificate) => !used.includes(certificate)).map(unused),
  ]
}

/** Which of the certificates a mail is encrypted to come from nobody trusted, and why. */
export function trustWarnings(
  assignment: Assignment,
  againstTrust: (certificate: Certificate) => readonly Reason[],
): Warning[] {
  return usedIn(assignment).flatMap((certificate) => {
    const reasons = againstTrust(certificate).map(({ message }) => message)
    if (reasons.length === 0) return []
    return [
      {
        code: 'CERTIFICATE_UNTRUSTED' as const,
        message: `smime.trust does not vouch for the certificate of ${nameOf(certificate)}: ${reasons.join(', ')}; make sure it is theirs (SHA-256 ${certificate.summary.fingerprint})`,
      },
    ]
  })
}

function usedIn(assignment: Assignment): Certificate[] {
  return [...new Set([...assignment.values()].flat())]
}

function withoutAddress(certificate: Certificate, isUsed: boolean): Warning {
  const what = `the certificate of ${nameOf(certificate)} in encryptionCertificates names no mail address`
  return isUsed
    ? {
        code: 'CERTIFICATE_WITHOUT_ADDRESS',
        message: `${what}, so it serves every recipient it may; prefer one with the recipient's address`,
      }
    : {
        code: 'CERTIFICATE_UNUSED',
        message: `${what}, and every recipient has one of their own, so it is not used`,
      }
}

function unused(certificate: Certificate): Warning {
  return {
    code: 'CERTIFICATE_UNUSED',
    message: `the certificate of ${nameOf(certificate)} in encryptionCertificates is not used: no recipient has its address, or a better one of the same address is there`,
  }
}
