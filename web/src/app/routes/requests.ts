import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { readDetailSearch } from '../../requests/detail-search.ts';
import { readListSearch } from '../../requests/list-search.ts';
import { readStandingSearch } from '../../requests/standing/standing-search.ts';
import { root } from '../root.tsx';

const list = createRoute({
  getParentRoute: () => root,
  path: '/requests',
  validateSearch: readListSearch,
  component: lazyRouteComponent(() => import('../../requests/request-list.tsx'), 'RequestList'),
});

const SUBJECT = /^[0-9a-f-]{36}$/;

/** `?subject=` is the internal number of a person whose page one came from; identifiers are never in an address. */
const create = createRoute({
  getParentRoute: () => root,
  path: '/requests/new',
  validateSearch: (search): { subject?: string } =>
    typeof search['subject'] === 'string' && SUBJECT.test(search['subject']) ? { subject: search['subject'] } : {},
  component: lazyRouteComponent(() => import('../../requests/new-request.tsx'), 'NewRequest'),
});

const standing = createRoute({
  getParentRoute: () => root,
  path: '/requests/standing',
  validateSearch: readStandingSearch,
  component: lazyRouteComponent(() => import('../../requests/standing/standing.tsx'), 'Standing'),
});

const detail = createRoute({
  getParentRoute: () => root,
  path: '/requests/$requestId',
  validateSearch: readDetailSearch,
  component: lazyRouteComponent(() => import('../../requests/request-detail.tsx'), 'RequestDetail'),
});

export const requestRoutes = [list, create, standing, detail] as const;
