import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { readPersonSearch } from '../../people/person-search.ts';
import { root } from '../root.tsx';

const find = createRoute({
  getParentRoute: () => root,
  path: '/people',
  component: lazyRouteComponent(() => import('../../people/find-person.tsx'), 'FindPerson'),
});

const person = createRoute({
  getParentRoute: () => root,
  path: '/people/$subjectId',
  validateSearch: readPersonSearch,
  component: lazyRouteComponent(() => import('../../people/person.tsx'), 'Person'),
});

export const peopleRoutes = [find, person] as const;
