// Takes pictures of our mails in Thunderbird: a signed one, one that is encrypted too, and one whose subject is
// hidden. Keys and profile are made on the spot, and Thunderbird sees no network.
//
//     npm run thunderbird [FOLDER]        default: docs/pictures
//
// Needs Debian's thunderbird, libnss3-tools, xvfb, xdotool, imagemagick and pngquant. Too heavy for CI.
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createNotifier, messageBytes } from 'incident-mailer'
import { makeExampleCertificates } from './example-certificates.mjs'

const pictures = resolve(process.argv[2] ?? fileURLToPath(new URL('../docs/pictures', import.meta.url)))
const folder = mkdtempSync(join(tmpdir(), 'im-thunderbird-'))
const profile = join(folder, 'profile')
const mailFolder = join(profile, 'Mail/Local Folders')
const children = []
const run = (program, ...args) => execFileSync(program, args, { stdio: ['ignore', 'pipe', 'inherit'], env })
const display = `:${90 + (process.pid % 1000)}`
const env = { ...process.env, DISPLAY: display, HOME: folder }

try {
  mkdirSync(mailFolder, { recursive: true })
  const keys = await makeExampleCertificates(join(folder, 'keys'))
  writeFileSync(join(mailFolder, 'Inbox'), await mailbox(keys), 'latin1')
  trust(keys)
  writeFileSync(join(profile, 'user.js'), settings())
  start('Xvfb', display, '-screen', '0', '1280x860x24')
  await wait(2_000)
  start('thunderbird', '--no-remote', '--profile', profile)
  await wait(25_000)
  await click(60, 113) // opens Local Folders
  await click(120, 140) // its Inbox
  await click(380, 115, 5_000) // the first mail
  await click(1120, 161, 3_000) // what Thunderbird says of its signature
  picture('thunderbird-signed', '867x440+285+45')
  run('xdotool', 'key', 'Escape')
  await click(380, 190, 5_000)
  await click(1120, 161, 3_000)
  picture('thunderbird-encrypted', '867x480+285+45')
  run('xdotool', 'key', 'Escape')
  await click(380, 265, 5_000)
  picture('thunderbird-subject-hidden', '867x280+285+45')
} finally {
  for (const child of children.reverse()) child.kill()
  await wait(2_000)
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}

/** Three mails, as Thunderbird keeps them in a folder. */
async function mailbox(keys) {
  const notifier = await createNotifier({
    from: 'SOC <soc@example.com>',
    transport: { folder: join(folder, 'outbox') },
    smime: {
      identity: { p12: keys.signer.p12, passphrase: keys.signer.passphrase },
      certificates: keys.certificates,
    },
  })
  const jobs = [
    { subject: 'Signed by the SOC' },
    { subject: 'Signed and encrypted', encrypt: true },
    { subject: 'Its subject is hidden', encrypt: true, protectHeaders: true },
  ]
  let box = ''
  for (const job of jobs) {
    const mail = await notifier.compose({
      to: 'ciso@example.com',
      body: '<p>Three accounts were taken over.</p>',
      ...job,
    })
    const bytes = await messageBytes(mail, mail.deliveries[0].entity)
    const lines = bytes
      .toString('latin1')
      .replaceAll('\r\n', '\n')
      .replace(/^From /gm, '>From ')
    box += `From - Thu Jan  1 00:00:00 2026\nX-Mozilla-Status: 0001\nX-Mozilla-Status2: 00000000\n${lines}\n`
  }
  await notifier.close()
  return box
}

/** Gives Thunderbird the authority, and the CISO's key. */
function trust({ ca, recipients: [ciso] }) {
  const database = `sql:${profile}`
  const p12 = join(folder, 'ciso.p12')
  run('certutil', '-N', '-d', database, '--empty-password')
  run('certutil', '-A', '-d', database, '-n', 'Example Authority', '-t', 'CT,C,C', '-a', '-i', ca)
  const pair = ['-inkey', ciso.key, '-in', ciso.certificate, '-certfile', ca]
  run('openssl', 'pkcs12', '-export', ...pair, '-out', p12, '-passout', 'pass:x')
  run('pk12util', '-i', p12, '-d', database, '-W', 'x', '-K', '')
}

/** One account for the local folders, and no questions. */
function settings() {
  const preferences = {
    'mail.accountmanager.accounts': 'account1',
    'mail.accountmanager.localfoldersserver': 'server1',
    'mail.accountmanager.defaultaccount': 'account1',
    'mail.account.account1.server': 'server1',
    'mail.account.account1.identities': 'id1',
    'mail.identity.id1.useremail': 'ciso@example.com',
    'mail.identity.id1.fullName': 'CISO',
    'mail.identity.id1.valid': true,
    'mail.server.server1.type': 'none',
    'mail.server.server1.hostname': 'Local Folders',
    'mail.server.server1.name': 'Local Folders',
    'mail.server.server1.userName': 'nobody',
    'mail.server.server1.directory': mailFolder,
    'mail.spotlight.firstRunDone': true,
    'mail.shell.checkDefaultClient': false,
    'mail.provider.suppress_dialog_on_startup': true,
    'mail.rights.version': 1,
    'mailnews.start_page.enabled': false,
    'app.donation.eoy.version.viewed': 999,
    'app.update.enabled': false,
    'datareporting.policy.dataSubmissionEnabled': false,
    'datareporting.policy.dataSubmissionPolicyBypassNotification': true,
    'network.manage-offline-status': false,
    'offline.startup_state': 3,
    'security.OCSP.enabled': 0,
  }
  return Object.entries(preferences)
    .map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`)
    .join('')
}

function start(program, ...args) {
  children.push(spawn(program, args, { stdio: 'ignore', env }))
}

async function click(x, y, milliseconds = 2_000) {
  run('xdotool', 'mousemove', String(x), String(y), 'click', '1')
  await wait(milliseconds)
}

function picture(name, crop) {
  const file = join(pictures, `${name}.png`)
  run('import', '-window', 'root', '-crop', crop, '+repage', file)
  run('pngquant', '--force', '--ext', '.png', '--strip', '64', file)
}
