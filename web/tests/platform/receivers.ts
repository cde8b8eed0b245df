// The customers' servers, and the name server that leads to them: all of it on this machine.

import { createSocket } from 'node:dgram'
import { type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { type Manner, CUSTOMERS } from './customers.ts'

export interface Receivers {
  port: number
  dnsPort: number
  /** Goes down with what is `down`. */
  breakDown: () => void
  close: () => void
}

interface Reply {
  status: number
  type: string
  body: string
  /** How long it takes. */
  ms: number
}

const json = (status: number, body: object, ms: number): Reply => ({ status, type: 'application/json', body: JSON.stringify(body), ms })
const taken = (ms: number) => json(200, { received: true }, ms)
const DOWN: Reply = {
  status: 503, type: 'text/html', ms: 20,
  body: '<html>\r\n<head><title>503 Service Temporarily Unavailable</title></head>\r\n<body>\r\n<center><h1>503 Service Temporarily Unavailable</h1></center>\r\n<hr><center>nginx/1.18.0</center>\r\n</body>\r\n</html>\r\n',
}

function reply(manner: Manner, isBroken: boolean): Reply {
  if (manner === 'slow') return taken(900 + 2600 * Math.random())
  if (manner === 'flaky' && Math.random() < 0.25) return { status: 502, type: 'text/plain', body: 'upstream connect error or disconnect/reset before headers. reset reason: overflow', ms: 40 }
  if (manner === 'down' && isBroken) return DOWN
  if (manner === 'refusing') return json(401, { error: 'invalid_signature', message: 'The signature matches none of the secrets of this tenant.', docs: 'https://people.dune.example.com/docs/webhooks' }, 10)
  if (manner === 'gone') return json(410, { error: 'This endpoint was moved.' }, 10)
  return taken(20 + 120 * Math.random() ** 3)
}

/** `speed`: how much faster than the clock on the wall the program's clock goes. `port`: 0 for any. */
export async function startReceivers(speed: number, port = 0): Promise<Receivers> {
  const manners = new Map(CUSTOMERS.flatMap(({ receivers }) => receivers).map(({ url, manner }) => [new URL(url).hostname, manner]))
  let isBroken = false
  const server = createServer((request, response) => {
    request.resume()
    request.on('end', () => void answer(response, reply(manners.get((request.headers.host ?? '').replace(/:.*/, '')) ?? 'good', isBroken), speed))
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve))
  const names = createSocket('udp4')
  names.on('message', (query, from) => { names.send(addressOf(query), from.port, from.address) })
  await new Promise<void>((resolve) => names.bind(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    dnsPort: names.address().port,
    breakDown: () => { isBroken = true },
    close: () => { server.closeAllConnections(); server.close(); names.close() },
  }
}

async function answer(response: ServerResponse, { status, type, body, ms }: Reply, speed: number): Promise<void> {
  await pause(ms / speed)
  response.writeHead(status, { 'content-type': type }).end(body)
}

const HEADER_BYTES = 12
const TYPE_A = 1

/** The answer to a query, whatever it asks for: 127.0.0.1, or nothing (RFC 1035). */
function addressOf(query: Buffer): Buffer {
  let end = HEADER_BYTES
  while (query[end]) end += 1 + (query[end] ?? 0)
  const question = query.subarray(HEADER_BYTES, end + 5)
  const isAddress = question.readUInt16BE(question.length - 4) === TYPE_A
  const header = Buffer.from([query[0] ?? 0, query[1] ?? 0, 0x81, 0x80, 0, 1, 0, isAddress ? 1 : 0, 0, 0, 0, 0])
  // The name of the question again, type A, class IN, for 60 s, four bytes.
  const record = Buffer.from([0xc0, HEADER_BYTES, 0, TYPE_A, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1])
  return Buffer.concat([header, question, isAddress ? record : Buffer.alloc(0)])
}
