// Pictures of the console for the README, into docs/screens: an hour of an applicant tracking system passes in a minute
// (libfaketime moves the program's clock), then the program goes on in the present, and the pages are looked at.
// `WHIMBREL_SCREENS=all` takes every page in every view, into tests/screens.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BrowserContextOptions } from 'playwright-core'
import { launch, open } from './browser.ts'
import { newData, removeData, start } from './program.ts'
import { call, fill, setUp } from './platform/fill.ts'
import { startReceivers } from './platform/receivers.ts'

const FAKETIME = ['/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1', '/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1'].find((path) => existsSync(path))
const SPEED = 60
const SECONDS = 58
const THINGS = 1_500
const SCHEDULES = ['--retry-schedule', '60s,5m,10m', '--endpoint-retry-schedule', '10s,2m,5m,10m']

const LIGHT: BrowserContextOptions = { colorScheme: 'light', viewport: { width: 1280, height: 800 } }
const DARK: BrowserContextOptions = { ...LIGHT, colorScheme: 'dark' }
const TALL: BrowserContextOptions = { ...LIGHT, viewport: { width: 1280, height: 1000 } }
const SMALL: BrowserContextOptions = { colorScheme: 'light', viewport: { width: 360, height: 740 } }
const SMALL_DARK: BrowserContextOptions = { ...SMALL, colorScheme: 'dark' }

const isAll = process.env.WHIMBREL_SCREENS === 'all'
const out = new URL(isAll ? './screens/' : '../../docs/screens/', import.meta.url).pathname

async function anHour(data: string): Promise<void> {
  const receivers = await startReceivers(SPEED, port)
  const begin = new Date(Date.now() - (SPEED + 2) * SECONDS * 1000).toISOString().replace('T', ' ').slice(0, 19)
  const env = FAKETIME === undefined ? {} : { LD_PRELOAD: FAKETIME, FAKETIME: `@${begin} x${SPEED}`, TZ: 'UTC' }
  const program = await start({ mode: 'dev', data, env, flags: [...SCHEDULES, '--dns-server', `127.0.0.1:${receivers.dnsPort}`] })
  await setUp(program.address, receivers.port)
  await fill(program.address, THINGS, SECONDS, (part) => { if (part > 0.55) receivers.breakDown() })
  await program.stop()
  receivers.close()
  port = receivers.port
}

if (FAKETIME === undefined) console.warn('Without libfaketime (apt-get install faketime) all of the hour happens in its last minute.')
const probe = await startReceivers(1, 80).catch(() => startReceivers(1))
// Port 80 makes the shorter addresses, where one may have it.
let port = probe.port
probe.close()
const data = newData()
await anHour(data)
const receivers = await startReceivers(1, port)
receivers.breakDown()
const program = await start({ mode: 'dev', data, flags: [...SCHEDULES, '--dns-server', `127.0.0.1:${receivers.dnsPort}`] })
const { address } = program
let isOver = false
const goingOn = (async () => { while (!isOver) await fill(address, 12, 2) })()

interface Row { appUid?: string; endpointId?: string; messageId?: string; eventType?: string; attempts?: number }
// One that failed at first, and was delivered by its second attempt.
const ofCobalt = (await call(address, '/api/v1/delivery?app_id=cobalt&status=success&limit=250')).data as unknown as Row[]
const flaky = ofCobalt.find(({ attempts, eventType }) => attempts === 2 && eventType === 'application.submitted') ?? ofCobalt.find(({ attempts }) => attempts === 2) ?? {}
const endpointOf = (row: Row) => `/endpoints/${row.appUid}/${row.endpointId}`

interface Picture { path: string; views: Record<string, BrowserContextOptions> }
const PICTURES: Record<string, Picture> = {
  overview: { path: '/', views: { '': LIGHT, '-dark': DARK } },
  try: { path: '/try', views: { '': LIGHT } },
  deliveries: { path: '/deliveries', views: { '': LIGHT, '-dark': DARK, '-small': SMALL } },
  execution: { path: `/messages/${flaky.messageId}`, views: { '': TALL, '-dark': { ...TALL, colorScheme: 'dark' } } },
  endpoint: { path: endpointOf(flaky), views: { '': LIGHT } },
}
const OTHERS = ['/endpoints', '/endpoints?app=northwind', `${endpointOf(flaky)}?tab=settings`, `${endpointOf(flaky)}?tab=recover`, `${endpointOf(flaky)}?tab=secret`, `${endpointOf(flaky)}?tab=headers`, `${endpointOf(flaky)}?tab=credentials`, '/apps', '/event-types', '/rules', '/keys', '/tasks', '/operational', '/deliveries?status=canceled', '/nowhere', '/messages/msg_absent']

/** The demo as it looks once it was played. */
async function play(page: Awaited<ReturnType<typeof open>>['page']): Promise<void> {
  await page.getByLabel('Company').first().fill(`northwind-${Date.now() % 1000}`)
  await page.getByRole('button', { name: 'flaky' }).click()
  await page.getByRole('button', { name: 'Register' }).click()
  await page.locator('[data-registered]').waitFor()
  await page.getByRole('button', { name: 'Create' }).click()
  await page.locator('[data-execution]').first().waitFor()
}

// The pages take the system's font; where Inter is installed, that is the one for the pictures.
const fonts = join(data, 'fonts.conf')
const prefer = ['system-ui', 'sans-serif', 'sans'].map((family) => `<match target="pattern"><test name="family"><string>${family}</string></test><edit name="family" mode="prepend" binding="strong"><string>Inter</string></edit></match>`)
writeFileSync(fonts, `<fontconfig><include>/etc/fonts/fonts.conf</include>${prefer.join('')}</fontconfig>`)
process.env.FONTCONFIG_FILE = fonts
const browser = await launch()
mkdirSync(out, { recursive: true })
const pictures: Record<string, Picture> = isAll
  ? Object.fromEntries([...Object.entries(PICTURES), ...OTHERS.map((path): [string, Picture] => [path.replace(/\W+/g, '-').replace(/^-/, ''), { path, views: {} }])].map(([name, { path }]) => [name, { path, views: { '-light': LIGHT, '-dark': DARK, '-small': SMALL, '-small-dark': SMALL_DARK } }]))
  : PICTURES
for (const [name, { path, views }] of Object.entries(pictures)) {
  for (const [view, options] of Object.entries(views)) {
    const { page, faults } = await open(browser, { ...options, reducedMotion: 'reduce' })
    await page.goto(address + path)
    if (name === 'try') await play(page)
    await page.waitForTimeout(1200)
    await page.screenshot({ path: `${out}${name}${view}.png`, fullPage: isAll && options.viewport?.width === 360 })
    if (faults.length > 0) console.log(name, view, faults)
    await page.context().close()
  }
}
// Where pngquant is, the pictures become a third as large.
if (!isAll) spawnSync('pngquant', ['--force', '--ext', '.png', '--quality', '70-95', ...readdirSync(out).map((name) => join(out, name))])
isOver = true
await goingOn
await browser.close()
await program.stop()
receivers.close()
removeData(data)
