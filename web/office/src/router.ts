// Pages by path behind the hash: nothing of them reaches the server or its log. Who may see a page is the server's to say;
// here it only decides what is offered.
import { createRouter, createWebHashHistory, type RouteRecordRaw } from 'vue-router';

import { homeOf, NAVIGATION } from './core/navigation';
import { isReporter, role, self } from './core/session';

const routes: RouteRecordRaw[] = [
  { path: '/', redirect: () => homeOf(role.value) },
  { path: '/desk', component: () => import('./pages/DeskPage.vue') },
  { path: '/overview', component: () => import('./pages/OverviewPage.vue') },
  { path: '/answers', component: () => import('./pages/AnswersPage.vue') },
  { path: '/findings', component: () => import('./pages/FindingsPage.vue') },
  { path: '/findings/:space/:id', component: () => import('./finding/FindingPage.vue'), props: true },
  { path: '/findings/:space/:id/notice', component: () => import('./finding/NoticePage.vue'), props: true },
  { path: '/visits', component: () => import('./pages/VisitsPage.vue') },
  { path: '/visits/:space/:visitKey', component: () => import('./record/RecordPage.vue'), props: true },
  { path: '/conflicts', component: () => import('./pages/ConflictsPage.vue') },
  { path: '/aside', component: () => import('./pages/AsidePage.vue') },
  { path: '/board', component: () => import('./board/BoardPage.vue') },
  { path: '/coverage', component: () => import('./board/CoveragePage.vue') },
  { path: '/statistics', component: () => import('./board/StatisticsPage.vue') },
  { path: '/ledgers', component: () => import('./pages/LedgersPage.vue') },
  { path: '/people', component: () => import('./admin/PeoplePage.vue') },
  { path: '/imports', component: () => import('./admin/ImportsPage.vue') },
  { path: '/devices', component: () => import('./admin/DevicesPage.vue') },
  { path: '/logs', component: () => import('./admin/LogsPage.vue') },
  { path: '/server', component: () => import('./admin/ServerPage.vue') },
  { path: '/:rest(.*)*', component: () => import('./pages/NothingPage.vue') },
];

export const router = createRouter({ history: createWebHashHistory(), routes, scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 } });

router.beforeEach((to) => {
  if (self.value === null) return true;
  if (isReporter.value && to.path.startsWith('/visits/')) return homeOf(role.value);
  const item = NAVIGATION.find((one) => one.to === to.path);
  if (item !== undefined && !item.roles.includes(role.value)) return homeOf(role.value);
  return true;
});
