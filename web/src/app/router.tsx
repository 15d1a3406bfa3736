import { createRouter } from '@tanstack/react-router';
import { focusHeadings } from './arrive.ts';
import { BrokenScreen, ComingScreen, NoSuchScreen } from './broken.tsx';
import { root } from './root.tsx';
import { auditRoutes } from './routes/audit.ts';
import { governanceRoutes } from './routes/governance.ts';
import { homeRoutes } from './routes/home.ts';
import { peopleRoutes } from './routes/people.ts';
import { requestRoutes } from './routes/requests.ts';

export const router = createRouter({
  routeTree: root.addChildren([...homeRoutes, ...peopleRoutes, ...requestRoutes, ...governanceRoutes, ...auditRoutes]),
  defaultPreload: 'intent',
  defaultErrorComponent: BrokenScreen,
  defaultNotFoundComponent: NoSuchScreen,
  defaultPendingComponent: ComingScreen,
});
focusHeadings(router);

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
