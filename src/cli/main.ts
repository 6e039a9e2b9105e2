#!/usr/bin/env node
// Not with the others: what this file holds runs for whoever loads it, and a bundle puts together what belongs together.
const { runCommandLine } = await import('./command-line.js')

runCommandLine()

export {}
