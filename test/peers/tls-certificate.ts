import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Where a server's key and certificate lie, and the authority that vouches for it. */
export interface TlsFiles {
  readonly keyFile: string
  readonly certificateFile: string
  readonly caFile: string
}

/** Makes an authority, and with it a certificate for `localhost` and `127.0.0.1`. */
export async function makeTlsCertificate(folder: string): Promise<TlsFiles> {
  const [caKeyFile, caFile] = [join(folder, 'ca.key'), join(folder, 'ca.pem')]
  const [keyFile, certificateFile] = [join(folder, 'server.key'), join(folder, 'server.pem')]
  const common = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2'.split(' ')
  await run('openssl', [...common, '-subj', '/CN=Test authority', '-keyout', caKeyFile, '-out', caFile])
  await run('openssl', [
    ...[...common, '-subj', '/CN=localhost', '-keyout', keyFile, '-out', certificateFile],
    ...['-CA', caFile, '-CAkey', caKeyFile],
    ...['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
    ...['-addext', 'basicConstraints=critical,CA:FALSE', '-addext', 'extendedKeyUsage=serverAuth'],
  ])
  return { keyFile, certificateFile, caFile }
}
