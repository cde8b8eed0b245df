// The pages and their addresses. No address begins like a route of the API, so that a reload is never taken for a request.

import { type RouteRecordRaw, createRouter, createWebHistory } from 'vue-router'

declare module 'vue-router' {
  interface RouteMeta {
    title: string
    /** Pages about the organization, which a key of one app does not open. */
    wide?: boolean
  }
}

const routes: RouteRecordRaw[] = [
  { path: '/', name: 'overview', component: () => import('./pages/OverviewPage.vue'), meta: { title: 'Overview' } },
  { path: '/try', name: 'try', component: () => import('./pages/TryPage.vue'), meta: { title: 'Try it', wide: true } },
  { path: '/deliveries', name: 'deliveries', component: () => import('./pages/DeliveriesPage.vue'), meta: { title: 'Deliveries' } },
  { path: '/messages/:id', name: 'execution', component: () => import('./pages/ExecutionPage.vue'), props: true, meta: { title: 'Execution' } },
  { path: '/endpoints', name: 'endpoints', component: () => import('./pages/EndpointsPage.vue'), meta: { title: 'Endpoints' } },
  { path: '/endpoints/:app/:endpoint', name: 'endpoint', component: () => import('./pages/EndpointPage.vue'), props: true, meta: { title: 'Endpoint' } },
  { path: '/apps', name: 'apps', component: () => import('./pages/AppsPage.vue'), meta: { title: 'Apps', wide: true } },
  { path: '/event-types', name: 'event-types', component: () => import('./pages/EventTypesPage.vue'), meta: { title: 'Event types' } },
  { path: '/rules', name: 'rules', component: () => import('./pages/RulesPage.vue'), meta: { title: 'Rules', wide: true } },
  { path: '/tasks', name: 'tasks', component: () => import('./pages/TasksPage.vue'), meta: { title: 'Background tasks' } },
  { path: '/operational', name: 'operational', component: () => import('./pages/OperationalPage.vue'), meta: { title: 'Operational webhooks', wide: true } },
  { path: '/keys', name: 'keys', component: () => import('./pages/KeysPage.vue'), meta: { title: 'Keys', wide: true } },
  { path: '/:rest(.*)*', name: 'lost', component: () => import('./pages/LostPage.vue'), meta: { title: 'No such page' } },
]

export const router = createRouter({
  history: createWebHistory(),
  routes,
  scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? false : { top: 0 }),
})

// The app that one looks at stays chosen from page to page.
router.beforeEach((to, from) => {
  const app = from.query.app
  if (to.path === from.path || app === undefined || to.query.app !== undefined) return true
  return { ...to, query: { ...to.query, app } }
})

router.afterEach((to, from) => {
  document.title = `${to.meta.title} · Whimbrel`
  if (to.path === from.path || from.matched.length === 0) return
  // For those who do not see it: a new page begins at its heading.
  requestAnimationFrame(() => document.querySelector<HTMLElement>('main h1')?.focus({ preventScroll: true }))
})
