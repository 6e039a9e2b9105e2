/**
 * The parts of node-forge that are used, imported by their files: the whole library takes ten times as long to
 * load. Its published types describe the whole alone.
 */
declare module 'node-forge/lib/asn1.js' {
  import type * as forge from 'node-forge'

  const asn1: typeof forge.asn1
  export default asn1
}

declare module 'node-forge/lib/rc2.js' {
  import type * as forge from 'node-forge'

  const rc2: typeof forge.rc2
  export default rc2
}

declare module 'node-forge/lib/util.js' {
  import type * as forge from 'node-forge'

  const util: typeof forge.util
  export default util
}
