// How the console is built and, for work on it, served beside a running program.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import vue from '@vitejs/plugin-vue'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

const server = process.env.WHIMBREL_URL ?? 'http://127.0.0.1:8071'
const routes = ['/api', '/webhooks', '/candidates', '/webhook_history', '/resources', '/events', '/executions', '/ready']

/** Leaves a compressed file beside each that is worth it: the program sends it as it is. */
const compressed: Plugin = {
  name: 'compressed',
  apply: 'build',
  writeBundle({ dir }, bundle) {
    for (const name of Object.keys(bundle)) {
      const path = join(dir ?? '', name)
      const bytes = readFileSync(path)
      const small = gzipSync(bytes, { level: 9 })
      if (small.length < bytes.length * 0.9) writeFileSync(`${path}.gz`, small)
    }
  },
}

// The console's own addresses never begin like a route of the API, so a page that is reloaded is not mistaken for one:
// `/executions/{id}` is the API's, `/messages/{id}` the console's.
export default defineConfig({
  plugins: [vue(), compressed],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  define: { __VUE_OPTIONS_API__: false },
  build: { target: 'es2022', cssTarget: 'es2022', modulePreload: { polyfill: false }, assetsInlineLimit: 0 },
  server: { proxy: Object.fromEntries(routes.map((route) => [route, { target: server, changeOrigin: false }])) },
  test: { include: ['src/**/*.test.ts'] },
})
