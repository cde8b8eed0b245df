// Tests in a real browser against the real program, which WHIMBREL_PROGRAM names: `npm run build`, then `npm run browser`.
import { defineConfig } from 'vitest/config'

export default defineConfig({ test: { include: ['tests/**/*.spec.ts'], globalSetup: 'tests/setup.ts', testTimeout: 60_000, hookTimeout: 60_000, fileParallelism: false } })
