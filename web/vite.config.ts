// How the console is built and, for work on it, served beside a running program.
import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

const server = process.env.WHIMBREL_URL ?? 'http://127.0.0.1:8071'
const routes = ['/api', '/webhooks', '/candidates', '/webhook_history', '/resources', '/events', '/executions', '/ready']

// The console's own addresses never begin like a route of the API, so a page that is reloaded is not mistaken for one:
// `/executions/{id}` is the API's, `/messages/{id}` the console's.
export default defineConfig({
  plugins: [vue()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  define: { __VUE_OPTIONS_API__: false },
  build: { target: 'es2022', cssTarget: 'es2022', modulePreload: { polyfill: false }, assetsInlineLimit: 0 },
  server: { proxy: Object.fromEntries(routes.map((route) => [route, { target: server, changeOrigin: false }])) },
  test: { include: ['src/**/*.test.ts'] },
})
