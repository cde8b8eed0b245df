// The beginning: who is signed in, then the page.

import { createApp } from 'vue'
import './api/session' // First: it takes the key out of a portal link.
import App from './App.vue'
import { router } from './router'
import './style/tokens.css'
import './style/base.css'
import './style/parts.css'
import './style/shell.css'

createApp(App).use(router).mount('#app')
