// For the time of the tests: the program, as `whimbrel dev` with quick retries, and customers whose receivers it calls.

import { newData, removeData, start } from './program.ts'
import { fill, happenOnce, setUp } from './platform/fill.ts'
import { startReceivers } from './platform/receivers.ts'

/** Enough for lists of several pages. */
const THINGS = 240

export default async function setup(): Promise<() => Promise<void>> {
  const receivers = await startReceivers(1)
  receivers.breakDown()
  const data = newData()
  const program = await start({ mode: 'dev', data, flags: ['--retry-schedule', '1s,1s', '--dns-server', `127.0.0.1:${receivers.dnsPort}`] })
  process.env.WHIMBREL_URL = program.address
  await setUp(program.address, receivers.port)
  await happenOnce(program.address)
  await fill(program.address, THINGS, 2)
  return async () => {
    await program.stop()
    receivers.close()
    removeData(data)
  }
}
