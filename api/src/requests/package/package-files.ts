import { AccessAnswer, type FieldEntry } from '@vestige/core/package/answer';
import type { FieldNotice } from '@vestige/core/package/notice';
import {
  EXCLUSION_REASONS,
  type Excluded,
  type ExclusionReason,
  noticeFor,
  PORTABILITY_SCHEMA,
  PortabilityAnswer,
  unportable,
  unportableFields,
} from '@vestige/core/package/portability';
import { safeJson } from '@vestige/core/package/safe-text';
import type { DeliveredData } from '@vestige/store/requests/package-store';
import { z } from 'zod';
import { allTokens } from '../people.ts';
import type { StepContext } from '../steps/context.ts';
import { accessAnswer, type Copy } from './access-answer.ts';
import { answerPage } from './answer-page.ts';
import { type DataFile, type DataRow, dataFile, deliveredRows } from './data-files.ts';
import { judgeRows, type Person } from './judge-rows.ts';
import { isComplete, type PackageFacts } from './package-facts.ts';
import { portabilityPage } from './portability-page.ts';
import { provJson } from './prov.ts';
import { Manifest, type PackageFile } from './zip.ts';

type Context = Pick<StepContext, 'deps' | 'tenant'>;

/** A data file as the pages show it. */
export interface ShownFile extends Copy {
  readonly columns: readonly FieldEntry[];
  readonly preview: readonly DataRow[];
}

/** The files of a package in their order: rows first, because the answer names their hashes. One store is held at a time. */
export async function* packageFiles(context: Context, facts: PackageFacts): AsyncIterable<PackageFile> {
  yield* facts.request.type === 'portability' ? portabilityFiles(context, facts) : accessFiles(context, facts);
}

async function* accessFiles(context: Context, facts: PackageFacts): AsyncIterable<PackageFile> {
  const person = await personOf(context, facts);
  const shown: ShownFile[] = [];
  for await (const delivered of context.deps.packages.deliveredData(context.tenant.id, facts.request.id)) {
    const made = await storeFile(context, facts, person, delivered, shown.length, (row) => row);
    if (made === null) continue;
    yield { name: made.shown.file, content: made.file.jsonl() };
    yield { name: made.shown.csv, content: made.file.csv() };
    shown.push(made.shown);
  }
  const copies = shown.map(({ columns: _columns, preview: _preview, ...copy }) => copy);
  const answer = AccessAnswer.parse(accessAnswer(facts, copies));
  yield { name: 'index.html', content: Buffer.from(await answerPage(answer, facts, shown)) };
  yield { name: 'answer.json', content: json(answer) };
  yield { name: 'fields.json', content: json(fieldDictionary(shown)) };
  // Our own records about the person are data about them too (EDPB 01/2025; research/compliance.md §1.4).
  yield { name: 'telemetry.json', content: json(facts.lineage) };
  yield { name: 'lineage.json', content: json(facts.lineage === null ? {} : provJson(facts.lineage)) };
  yield { name: 'schema/answer.schema.json', content: jsonSchema(AccessAnswer) };
  yield { name: 'schema/manifest.schema.json', content: jsonSchema(Manifest) };
}

async function* portabilityFiles(context: Context, facts: PackageFacts): AsyncIterable<PackageFile> {
  const person = await personOf(context, facts);
  const shown: ShownFile[] = [];
  const files: PortabilityAnswer['files'] = [];
  const excluded: Excluded[] = [];
  const leaveOut = (store: string, field: string | null, rows: number, reason_code: ExclusionReason) =>
    excluded.push({ store, field, rows, reason_code, text: EXCLUSION_REASONS[reason_code] });

  for await (const delivered of context.deps.packages.deliveredData(context.tenant.id, facts.request.id)) {
    const { node } = delivered;
    const notice = noticeFor(facts.notice?.stores ?? [], node);
    const reason = unportable(notice);
    if (notice === null || reason !== null) {
      leaveOut(node, null, delivered.rows, reason ?? 'not_declared');
      continue;
    }
    const left = new Map<string, { reason: ExclusionReason; rows: number }>();
    const portable = (row: DataRow): DataRow => {
      const fields = unportableFields(notice, Object.keys(row));
      for (const [field, why] of fields) left.set(field, { reason: why, rows: (left.get(field)?.rows ?? 0) + 1 });
      return Object.fromEntries(Object.entries(row).filter(([column]) => !fields.has(column)));
    };
    const made = await storeFile(context, facts, person, delivered, shown.length, portable);
    for (const [field, { reason: why, rows }] of left) leaveOut(node, field, rows, why);
    if (made === null) continue;
    if (made.others > 0) leaveOut(node, null, made.others, 'other_person');
    yield { name: made.shown.file, content: made.file.jsonl() };
    yield { name: made.shown.csv, content: made.file.csv() };
    shown.push(made.shown);
    const { store, file, csv, sha256, rows, redactions } = made.shown;
    const title = facts.stores.find(({ id }) => id === node)?.title ?? null;
    files.push({
      store,
      title,
      json: file,
      csv,
      sha256,
      rows,
      legal_basis: notice.legalBasis,
      redactions: [...redactions],
    });
  }
  const { request } = facts;
  const answer = PortabilityAnswer.parse({
    schema: PORTABILITY_SCHEMA,
    request: {
      id: request.id,
      received_at: request.receivedAt.toISOString(),
      regime: request.clock.regime,
      answered_at: facts.answeredAt.toISOString(),
    },
    complete: isComplete(facts),
    files,
    excluded,
    not_provided: accessAnswer(facts, []).not_provided.filter(({ what }) =>
      facts.tasks.some((task) => task.node === what),
    ),
  } satisfies PortabilityAnswer);
  yield { name: 'index.html', content: Buffer.from(await portabilityPage(answer, facts, shown)) };
  yield { name: 'portability.json', content: json(answer) };
  yield { name: 'fields.json', content: json(fieldDictionary(shown)) };
  yield { name: 'schema/portability.schema.json', content: jsonSchema(PortabilityAnswer) };
  yield { name: 'schema/manifest.schema.json', content: jsonSchema(Manifest) };
}

/** @param change what of a row belongs into this kind of package. @returns null when no row is left */
async function storeFile(
  { deps, tenant }: Context,
  facts: PackageFacts,
  person: Person,
  { node, ndjson }: DeliveredData,
  index: number,
  change: (row: DataRow) => DataRow,
): Promise<{ file: DataFile; shown: ShownFile; others: number } | null> {
  const notice = noticeFor(facts.notice?.stores ?? [], node);
  const fields: readonly FieldNotice[] = notice?.fields ?? [];
  // Judged whole, then cut down: the field that says whose row it is may itself stay behind.
  const judged = await judgeRows(deps, tenant, person, deliveredRows(ndjson), fields, change);
  if (judged.lines.length === 0 && judged.others === 0) return null;
  const file = dataFile(index, node, judged.lines, fields, notice?.provenance ?? null);
  const redactions = [
    ...[...judged.redactions].map(([reason, count]) => ({ reason: reason as string, count })),
    ...(judged.others > 0 ? [{ reason: 'other_person_row', count: judged.others }] : []),
  ].sort((a, b) => (a.reason < b.reason ? -1 : 1));
  return {
    file,
    others: judged.others,
    shown: {
      store: node,
      file: `${file.name}.jsonl`,
      csv: `${file.name}.csv`,
      sha256: file.sha256,
      rows: file.rows,
      redactions,
      columns: file.columns,
      preview: file.preview,
    },
  };
}

async function personOf({ deps, tenant }: Context, { request }: PackageFacts): Promise<Person> {
  const { identifiers, tokens } = await deps.requests.selectors(tenant.id, request.id);
  const given = identifiers.flatMap(({ type, value }) => deps.keyring.tokensFor(tenant.name, type, value));
  return {
    subjectIds: new Set(request.subjectIds),
    tokens: new Set(await allTokens(deps, tenant, request.subjectIds, [...tokens, ...given])),
    values: new Set(identifiers.map(({ value }) => value.toLowerCase())),
  };
}

/** Art. 20(1) and 12(1): what each column means, next to the rows. */
function fieldDictionary(files: readonly ShownFile[]): object {
  return {
    schema: 'urn:vestige:field-dictionary:v1',
    files: files.map(({ store, file, csv, columns }) => ({ store, file, csv, fields: columns })),
  };
}

function json(value: unknown): Buffer {
  return Buffer.from(`${safeJson(value, 2)}\n`);
}

function jsonSchema(schema: z.ZodType): Buffer {
  return json(z.toJSONSchema(schema, { target: 'draft-2020-12' }));
}
