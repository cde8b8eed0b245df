// The console beside the made-up API, for work on it without a server: `npm run fake`.
import { mergeConfig } from 'vite'
import { answer, startWorld } from './tests/fake/routes.ts'
import config from './vite.config.ts'

export default mergeConfig({ ...config, server: {} }, {
  plugins: [{
    name: 'fake-api',
    configureServer(server: { middlewares: { use: (handle: (request: never, response: never, next: () => void) => void) => void } }) {
      startWorld()
      server.middlewares.use((request, response, next) => { void answer(request, response).then((done) => { if (!done) next() }) })
    },
  }],
})
