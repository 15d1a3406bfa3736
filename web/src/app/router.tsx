import { createRouter } from '@tanstack/react-router';
import { root } from './root.tsx';
import { homeRoutes } from './routes/home.ts';
import { requestRoutes } from './routes/requests.ts';

export const router = createRouter({
  routeTree: root.addChildren([...homeRoutes, ...requestRoutes]),
  defaultPreload: 'intent',
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
