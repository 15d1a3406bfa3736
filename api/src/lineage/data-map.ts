import { canonicalSpan } from '@vestige/core/lineage/canonical-facts';
import { type DataMap, dataMap, type JobFlow } from '@vestige/core/lineage/data-map';
import { isoOfUs } from '@vestige/core/lineage/time';
import { traceModel } from '@vestige/core/lineage/trace-model';
import type { Tenant } from '@vestige/store/control/tenant-store';
import type { ApiDeps } from '../deps.ts';
import { tenantDirectory } from './directory.ts';

/** The map says so when one of these is reached. */
const SHAPES_MAX = 2_000;
const SPANS_MAX = 200_000;
const JOB_FLOWS_MAX = 5_000;
const NODES_MAX = 2_000;
const EDGES_MAX = 5_000;

/** Microseconds since the epoch; null is open. */
export interface MapQuery {
  readonly fromUs: number | null;
  readonly toUs: number | null;
  readonly view: 'officer' | 'full';
}

/** The data map of an installation, from one trace of each kind (docs/adr/0046-a-map-from-kinds-of-traces.md). */
export async function installationMap(
  deps: Pick<ApiDeps, 'events' | 'registry'>,
  tenant: Pick<Tenant, 'id'>,
  { fromUs, toUs, view }: MapQuery,
): Promise<DataMap> {
  const window = { fromUs, toUs };
  const [names, shapes, jobs] = await Promise.all([
    tenantDirectory(deps, tenant),
    deps.events.traceShapes(tenant.id, window, SHAPES_MAX),
    deps.events.jobFlows(tenant.id, window, JOB_FLOWS_MAX),
  ]);
  const { spans } = await deps.events.facts(
    tenant.id,
    { traces: shapes.rows.map(({ traceId }) => traceId), jumps: [], linksTo: [], datasets: [] },
    { spansMax: SPANS_MAX, hitsPerKeyMax: 1 },
  );
  const byTrace = Map.groupBy(
    spans.map((span) => canonicalSpan(span, names.canonical)),
    ({ traceId }) => traceId,
  );
  const examples = shapes.rows.flatMap((shape) => {
    const own = byTrace.get(shape.traceId);
    return own === undefined ? [] : [{ ...shape, model: traceModel(shape.traceId, own) }];
  });
  return dataMap({
    window: { from: fromUs === null ? null : isoOfUs(fromUs), to: toUs === null ? null : isoOfUs(toUs) },
    shapes: examples,
    allShapes: shapes.shapes,
    allTraces: shapes.traces,
    jobs: jobs.rows.map((flow) => canonicalFlow(flow, names.canonical)),
    jobsCut: jobs.cut,
    directory: names,
    view,
    nodesMax: NODES_MAX,
    edgesMax: EDGES_MAX,
  });
}

function canonicalFlow(flow: JobFlow, canonical: (id: string) => string): JobFlow {
  return {
    ...flow,
    job: canonical(flow.job),
    parentJob: flow.parentJob === '' ? '' : canonical(flow.parentJob),
    node: canonical(flow.node),
  };
}
