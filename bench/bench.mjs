// npm run bench: us beside the alternative and the limit, in one run. Quote the ratios, not the times.
import { cpus } from 'node:os'
import { coldStartBench } from './cold-start.mjs'
import { encryptingBench } from './encrypting.mjs'
import { keysBench } from './keys.mjs'
import { languageBench } from './language.mjs'
import { pipelineBench } from './pipeline.mjs'
import { signingBench } from './signing.mjs'
import { volumeBench } from './volume.mjs'

console.log(
  `Node ${process.version}, ${cpus().length} cores; medians; x is the time relative to the first row`,
)
await coldStartBench()
await volumeBench()
await languageBench()
await pipelineBench()
await signingBench()
await encryptingBench()
await keysBench()
