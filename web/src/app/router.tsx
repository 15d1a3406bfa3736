import { useQuery } from '@tanstack/react-query';
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { Failure } from '../parts/failure.tsx';
import { SignIn } from '../screens/sign-in.tsx';
import { sessionQuery } from './session.ts';
import { Shell } from './shell.tsx';

/** The sign-in page until somebody is signed in; the address stays, so that a deep link works afterwards. */
function Door() {
  const { data, error, refetch } = useQuery(sessionQuery);
  if (error !== null) return <Failure error={error} again={() => void refetch()} />;
  if (data === undefined) return null;
  return data === null ? <SignIn /> : <Shell />;
}

const root = createRootRoute({ component: Door });

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  component: lazyRouteComponent(() => import('../screens/home.tsx'), 'Home'),
});
const requests = createRoute({
  getParentRoute: () => root,
  path: '/requests',
  validateSearch: (search): { state?: string } =>
    typeof search['state'] === 'string' ? { state: search['state'] } : {},
  component: lazyRouteComponent(() => import('../screens/requests.tsx'), 'Requests'),
});

export const router = createRouter({ routeTree: root.addChildren([home, requests]), defaultPreload: 'intent' });

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
