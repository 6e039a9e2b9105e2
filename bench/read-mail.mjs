// One mail in a file, decrypted and verified, its content written to another file, in a process of its own:
// node bench/read-mail.mjs FILE CERTIFICATE KEY TRUST OUT. Prints seconds and peak memory, and what it is worth.

import { decryptFile } from 'incident-mailer/smime'

const [file, certificate, privateKey, trust, out] = process.argv.slice(2)
const started = performance.now()
const { status } = await decryptFile(file, { identity: { certificate, privateKey }, trust, out })
const seconds = (performance.now() - started) / 1000
const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage()
const cpuSeconds = (userCPUTime + systemCPUTime) / 1e6
console.log(JSON.stringify({ status, seconds, cpuSeconds, peakMegabytes: maxRSS / 1024 }))
