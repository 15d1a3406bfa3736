import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { readAuditSearch } from '../../audit/audit-search.ts';
import { root } from '../root.tsx';

const audit = createRoute({
  getParentRoute: () => root,
  path: '/audit',
  validateSearch: readAuditSearch,
  component: lazyRouteComponent(() => import('../../audit/audit-log.tsx'), 'AuditLog'),
});

export const auditRoutes = [audit] as const;
