// Tests in a real browser: `npm run build`, then `npm run browser`. WHIMBREL_PROGRAM is the program, which is started for them,
// or WHIMBREL_URL the address of a running `whimbrel dev`; without either, the made-up API answers.
import { defineConfig } from 'vitest/config'

export default defineConfig({ test: { include: ['tests/**/*.spec.ts'], globalSetup: 'tests/program.ts', testTimeout: 60_000, hookTimeout: 60_000, fileParallelism: false } })
