// Pictures of the main pages, in light, dark and on a small screen: `npm run screens [address]`, into tests/screens.

import { mkdirSync } from 'node:fs'
import { launch, open } from './browser.ts'
import { serve } from './serve.ts'

const OUT = new URL('./screens/', import.meta.url).pathname
const VIEWS = {
  light: { colorScheme: 'light', viewport: { width: 1280, height: 860 } },
  dark: { colorScheme: 'dark', viewport: { width: 1280, height: 860 } },
  small: { colorScheme: 'light', viewport: { width: 360, height: 740 } },
} as const

const [only, views] = [process.env.PAGES?.split(','), process.env.VIEWS?.split(',')]
const { address, server } = await serve(process.env.WHIMBREL_URL)
const browser = await launch()
mkdirSync(OUT, { recursive: true })

const first = async <T>(path: string, of: (row: Record<string, string>) => T): Promise<T | undefined> => {
  const answered = await fetch(address + path).then((response) => response.json() as Promise<{ data?: Record<string, string>[] }>).catch(() => undefined)
  return answered?.data?.[0] && of(answered.data[0])
}
const failed = await first('/api/v1/delivery?status=fail&limit=1', ({ messageId }) => messageId)
const endpoint = await first('/api/v1/delivery?status=fail&limit=1', ({ appUid, endpointId }) => `${appUid}/${endpointId}`)
const PAGES: Record<string, string> = {
  overview: '/', try: '/try', deliveries: '/deliveries', execution: `/messages/${failed}`, endpoints: '/endpoints', endpoint: `/endpoints/${endpoint}`,
  apps: '/apps', 'event-types': '/event-types', rules: '/rules', keys: '/keys', tasks: '/tasks', operational: '/operational', lost: '/nowhere',
}

for (const [view, options] of Object.entries(VIEWS)) {
  if (views && !views.includes(view)) continue
  const { page, faults } = await open(browser, options)
  for (const [name, path] of Object.entries(PAGES)) {
    if (only && !only.includes(name)) continue
    await page.goto(address + path)
    await page.waitForTimeout(900)
    await page.screenshot({ path: `${OUT}${name}-${view}.png`, fullPage: view === 'small' })
  }
  if (faults.length > 0) console.log(view, faults)
}
await browser.close()
server.close()
process.exit(0)
