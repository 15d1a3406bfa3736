import { PROVEN_STATES } from '@vestige/core/request/task-state';
import type { StoredRequest, StoredTask } from '@vestige/store/requests/request-store';
import { type StepContext, workflowActor } from '../steps/context.ts';
import { accessAnswer, type Copy } from './access-answer.ts';
import { answerPage } from './answer-page.ts';
import { dataFiles } from './data-files.ts';
import { provJson } from './prov.ts';
import { type PackageFile, sha256, zipOf } from './zip.ts';

const VIEWS_MAX = 1_000;

/**
 * Makes the copy a person receives and seals it. Done once per plan: with the sealing the delivered rows are deleted, so
 * a repeated step finds the package and leaves it alone.
 */
export async function sealPackage(
  context: StepContext,
  request: StoredRequest,
  tasks: readonly StoredTask[],
): Promise<void> {
  const { deps, tenant, readLineage } = context;
  const by = workflowActor(context);
  const sealed = await deps.requests.packageInfo(tenant.id, request.id);
  if (sealed?.planVersion === request.planVersion) return;

  const [canonical] = request.subjectIds;
  const [lineage, parties, stores, selectors, views] = await Promise.all([
    canonical === undefined ? null : readLineage(deps, tenant, canonical),
    deps.registry.parties(tenant.id),
    deps.registry.stores(tenant.id),
    deps.requests.selectors(tenant.id, request.id),
    canonical === undefined
      ? []
      : deps.audit.entries(tenant.id, {
          afterIndex: -1,
          limit: VIEWS_MAX,
          subjectIds: request.subjectIds,
          readsOnly: true,
        }),
  ]);
  const files: PackageFile[] = [];
  const copies: Copy[] = [];
  for await (const { node, rows, ndjson } of deps.requests.deliveredData(tenant.id, request.id)) {
    const { name, jsonl, csv } = dataFiles(copies.length, node, ndjson);
    files.push({ name: `${name}.jsonl`, content: jsonl }, { name: `${name}.csv`, content: csv });
    copies.push({ store: node, file: `${name}.jsonl`, sha256: sha256(jsonl), rows });
  }
  const complete = tasks.every((task) => PROVEN_STATES.includes(task.state));
  const answer = accessAnswer({
    request,
    identifierTypes: selectors.identifiers.map(({ type }) => type),
    answeredAt: by.now,
    lineage: lineage?.answer ?? null,
    parties,
    stores,
    tasks,
    copies,
    views,
  });
  const bytes = await zipOf(
    [
      { name: 'index.html', content: Buffer.from(await answerPage(answer, complete)) },
      { name: 'answer.json', content: json(answer) },
      // Our own records about the person are data about them too (EDPB 01/2025; research/compliance.md §1.4).
      { name: 'telemetry.json', content: json(lineage?.answer ?? null) },
      { name: 'lineage.json', content: json(lineage === null ? {} : provJson(lineage.answer)) },
      ...files,
    ],
    by.now,
  );
  await deps.requests.sealPackage(tenant.id, request.id, { bytes, sha256: sha256(bytes), complete }, by);
}

function json(value: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(value, null, 2)}\n`);
}
