// Tests in a real browser: `npm run build`, then `npm run browser`. WHIMBREL_URL is the address of a running `whimbrel dev`;
// without it the made-up API answers.
import { defineConfig } from 'vitest/config'

export default defineConfig({ test: { include: ['tests/**/*.spec.ts'], testTimeout: 60_000, hookTimeout: 60_000, fileParallelism: false } })
