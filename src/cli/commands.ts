import { authorize } from './authorize.js'
import { check } from './check.js'
import type { CliCommand } from './command.js'
import { config } from './config.js'
import { decrypt } from './decrypt.js'
import { preview } from './preview.js'
import { profileAdd } from './profile/add.js'
import { profileCopy } from './profile/copy.js'
import { profileDefault } from './profile/default.js'
import { profileEdit } from './profile/edit.js'
import { profileList } from './profile/list.js'
import { profileRemove } from './profile/remove.js'
import { profileShow } from './profile/show.js'
import { profileTest } from './profile/test.js'
import { raw } from './raw.js'
import { render } from './render.js'
import { send } from './send.js'
import { templateList } from './template/list.js'
import { templateNew } from './template/new.js'
import { verify } from './verify.js'

/** Every command, in the order in which `--help` shows them. */
export const COMMANDS: readonly CliCommand[] = [
  send,
  raw,
  render,
  preview,
  templateNew,
  templateList,
  check,
  verify,
  decrypt,
  config,
  profileList,
  profileShow,
  profileAdd,
  profileEdit,
  profileCopy,
  profileDefault,
  profileRemove,
  profileTest,
  authorize,
]
