import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { readAgentsSearch } from '../../governance/agents/agents-search.ts';
import { readCoverageSearch } from '../../governance/coverage/coverage-search.ts';
import { readExposureSearch } from '../../governance/exposure/exposure-search.ts';
import { readKeysSearch } from '../../governance/keys/keys-search.ts';
import { readMapSearch } from '../../governance/map/map-search.ts';
import { readRegistrySearch } from '../../governance/registry/registry-search.ts';
import { root } from '../root.tsx';

const map = createRoute({
  getParentRoute: () => root,
  path: '/map',
  validateSearch: readMapSearch,
  component: lazyRouteComponent(() => import('../../governance/map/data-map.tsx'), 'DataMapScreen'),
});

const agents = createRoute({
  getParentRoute: () => root,
  path: '/agents',
  validateSearch: readAgentsSearch,
  component: lazyRouteComponent(() => import('../../governance/agents/agents.tsx'), 'Agents'),
});

const coverage = createRoute({
  getParentRoute: () => root,
  path: '/coverage',
  validateSearch: readCoverageSearch,
  component: lazyRouteComponent(() => import('../../governance/coverage/coverage.tsx'), 'Coverage'),
});

const exposure = createRoute({
  getParentRoute: () => root,
  path: '/exposure',
  validateSearch: readExposureSearch,
  component: lazyRouteComponent(() => import('../../governance/exposure/exposure.tsx'), 'Exposure'),
});

const exposureQuestion = createRoute({
  getParentRoute: () => root,
  path: '/exposure/$id',
  component: lazyRouteComponent(() => import('../../governance/exposure/exposure-question.tsx'), 'ExposureQuestion'),
});

const registry = createRoute({
  getParentRoute: () => root,
  path: '/registry',
  validateSearch: readRegistrySearch,
  component: lazyRouteComponent(() => import('../../governance/registry/registry.tsx'), 'Registry'),
});

const keys = createRoute({
  getParentRoute: () => root,
  path: '/keys',
  validateSearch: readKeysSearch,
  component: lazyRouteComponent(() => import('../../governance/keys/keys.tsx'), 'Keys'),
});

export const governanceRoutes = [map, agents, coverage, exposure, exposureQuestion, registry, keys] as const;
