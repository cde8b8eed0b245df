// Starts the program at WHIMBREL_PROGRAM, on ports and data of its own.

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

export interface Program {
  address: string
  /** What it has said so far, line by line. */
  said: string[]
  /** Ends it as an operator does. */
  stop: () => Promise<void>
}

export interface Start {
  mode: 'dev' | 'serve'
  data: string
  flags?: string[]
  env?: Record<string, string>
}

export const newData = () => mkdtempSync(join(tmpdir(), 'whimbrel-console-'))
export const removeData = (data: string) => { rmSync(data, { recursive: true, force: true }) }

export async function start({ mode, data, flags = [], env = {} }: Start): Promise<Program> {
  const path = process.env.WHIMBREL_PROGRAM
  if (path === undefined) throw new Error('WHIMBREL_PROGRAM does not say where the program is: see web/README.md')
  // The program refuses variables of its name that it does not know.
  const others = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('WHIMBREL_')))
  const listen = ['--listen', '127.0.0.1:0', ...(mode === 'dev' ? ['--receiver-listen', '127.0.0.1:0'] : [])]
  const program = spawn(path, [mode, '--data', data, ...listen, '--log', 'warn', ...flags], { env: { ...others, ...env }, stdio: ['ignore', 'pipe', 'inherit'] })
  const end = () => { program.kill('SIGTERM') }
  process.once('exit', end)
  const ended = new Promise<void>((resolve) => program.once('exit', () => { resolve() }))
  const said: string[] = []
  const address = await new Promise<string>((resolve, reject) => {
    createInterface(program.stdout).on('line', (line) => {
      said.push(line)
      const found = /listening on (http:\S+)/.exec(line)?.[1]
      if (found !== undefined) resolve(found)
    })
    void ended.then(() => { reject(new Error(`${path} does not start`)) })
  })
  return { address, said, stop: async () => { end(); await ended; process.off('exit', end) } }
}
