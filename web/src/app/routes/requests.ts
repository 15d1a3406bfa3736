import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { root } from '../root.tsx';

const requests = createRoute({
  getParentRoute: () => root,
  path: '/requests',
  validateSearch: (search): { state?: string } =>
    typeof search['state'] === 'string' ? { state: search['state'] } : {},
  component: lazyRouteComponent(() => import('../../screens/requests.tsx'), 'Requests'),
});

export const requestRoutes = [requests] as const;
