// Starts the program at WHIMBREL_PROGRAM for the time of the tests, on ports and data of its own, with quick retries.

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const FLAGS = ['--listen', '127.0.0.1:0', '--receiver-listen', '127.0.0.1:0', '--retry-schedule', '1s,1s', '--log', 'warn']

export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  const path = process.env.WHIMBREL_PROGRAM
  if (path === undefined) return undefined
  const data = mkdtempSync(join(tmpdir(), 'whimbrel-console-'))
  // The program refuses variables of its name that it does not know.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('WHIMBREL_')))
  const program = spawn(path, ['dev', '--data', data, ...FLAGS], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<void>((resolve) => program.once('exit', () => { resolve() }))
  const address = await new Promise<string>((resolve, reject) => {
    createInterface(program.stdout).on('line', (line) => {
      const found = /listening on (http:\S+)/.exec(line)?.[1]
      if (found !== undefined) resolve(found)
    })
    void ended.then(() => { reject(new Error(`${path} does not start`)) })
  })
  process.env.WHIMBREL_URL = address
  return async () => {
    program.kill('SIGTERM')
    await ended
    rmSync(data, { recursive: true })
  }
}
