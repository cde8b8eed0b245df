// Serves the built console as the program does, with its Content-Security-Policy, before the made-up API. A running program
// serves its own.

import { createReadStream, existsSync, statSync } from 'node:fs'
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'
import { answer, startWorld } from './fake/routes.ts'

const DIST = new URL('../dist/', import.meta.url).pathname
const TYPES: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' }
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
const API = /^\/(api\/|webhooks$|candidates$|webhook_history\/|resources\/|events$|executions(\/|\?|$)|ready$)/

/** `program`: the address of a running program; without one, the made-up API. */
export function serve(program: string | undefined, port = 0): Promise<{ address: string; server: Server }> {
  const server = createServer((request, response) => void handle(request, response))
  if (program !== undefined) return Promise.resolve({ address: program, server })
  startWorld()
  return new Promise((resolve) => {
    server.listen(port, '127.0.0.1', () => { resolve({ address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server }) })
  })
}

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (API.test(request.url ?? '')) {
    await answer(request, response)
    return
  }
  const path = normalize(new URL(request.url ?? '/', 'http://console').pathname)
  const wanted = join(DIST, path)
  const file = existsSync(wanted) && statSync(wanted).isFile() ? wanted : join(DIST, 'index.html')
  response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream', 'content-security-policy': POLICY, 'x-content-type-options': 'nosniff' })
  createReadStream(file).pipe(response)
}
