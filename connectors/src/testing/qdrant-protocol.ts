import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';

/**
 * The six calls that the connector makes, answered as Qdrant's API reference (1.15) documents them: no Qdrant server can
 * be had from a package registry. Strict: a field, parameter or path that the reference does not name is refused, so that
 * a connector which makes up a call fails here.
 */
export interface QdrantProtocol {
  readonly url: string;
  readonly points: Map<string | number, Record<string, unknown>>;
  /** Set by a test to see what the connector makes of an unlucky answer. */
  deleteStatus: 'completed' | 'acknowledged' | 'wait_timeout';
  collectionStatus: 'green' | 'yellow' | 'grey' | 'red';
  forbidWrites: boolean;
  readonly otherCollections: string[];
  readonly keysSeen: Set<string | undefined>;
  readonly calls: string[];
  stop(): Promise<void>;
}

const PointId = z.union([z.string(), z.int().min(0)]);
const Any = z.strictObject({ any: z.array(z.union([z.string(), z.int()])) });
const Filter = z.strictObject({ should: z.array(z.strictObject({ key: z.string(), match: Any })) });
const Scroll = z.strictObject({
  limit: z.int().min(1),
  offset: PointId.optional(),
  filter: Filter.optional(),
  with_payload: z.union([z.boolean(), z.strictObject({ include: z.array(z.string()) })]),
  with_vector: z.boolean(),
});
const Retrieve = z.strictObject({ ids: z.array(PointId), with_payload: z.boolean(), with_vector: z.boolean() });
const Delete = z.strictObject({ points: z.array(PointId) });

export async function startQdrantProtocol(collection: string): Promise<QdrantProtocol> {
  const state: Omit<QdrantProtocol, 'url' | 'stop'> = {
    points: new Map(),
    deleteStatus: 'completed',
    collectionStatus: 'green',
    forbidWrites: false,
    otherCollections: [],
    keysSeen: new Set(),
    calls: [],
  };
  const server = createServer(async (request, response) => {
    state.keysSeen.add(request.headers['api-key'] as string | undefined);
    state.calls.push(`${request.method} ${request.url}`);
    const answer = answerTo(state, collection, `${request.method} ${request.url}`, await bodyOf(request));
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.json));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(state, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => new Promise<void>((resolve) => server.close(() => resolve())),
  });
}

function answerTo(state: Omit<QdrantProtocol, 'url' | 'stop'>, collection: string, call: string, body: unknown) {
  const ok = (result: unknown) => ({ status: 200, json: { time: 0.001, status: 'ok', result } });
  const refused = (status: number, error: string) => ({ status, json: { time: 0, status: { error }, result: null } });
  const at = `/collections/${collection}`;
  switch (call) {
    case 'GET /collections':
      return ok({ collections: [collection, ...state.otherCollections].map((name) => ({ name })) });
    case `GET ${at}`:
      return ok({ status: state.collectionStatus, optimizer_status: 'ok', points_count: state.points.size });
    case `POST ${at}/points/scroll?consistency=all`: {
      const asked = Scroll.safeParse(body);
      return asked.success ? ok(pageOf(state.points, asked.data)) : refused(400, asked.error.message);
    }
    case `POST ${at}/points?consistency=all`: {
      const asked = Retrieve.safeParse(body);
      return asked.success
        ? ok(asked.data.ids.filter((id) => state.points.has(id)).map((id) => ({ id })))
        : refused(400, asked.error.message);
    }
    case `POST ${at}/points/delete?wait=true&ordering=strong`: {
      if (state.forbidWrites) return refused(403, 'Forbidden: Write access is required');
      const asked = Delete.safeParse(body);
      if (!asked.success) return refused(400, asked.error.message);
      if (state.deleteStatus === 'completed') for (const id of asked.data.points) state.points.delete(id);
      return ok({ operation_id: 1, status: state.deleteStatus });
    }
    default:
      return refused(404, `Not found: ${call}`);
  }
}

function pageOf(points: QdrantProtocol['points'], asked: z.infer<typeof Scroll>) {
  const order = ([a]: [string | number, unknown], [b]: [string | number, unknown]) =>
    typeof a === typeof b ? (a < b ? -1 : 1) : typeof a === 'number' ? -1 : 1;
  const all = [...points].sort(order);
  const start = asked.offset === undefined ? 0 : all.findIndex(([id]) => id === asked.offset);
  const matching = all.slice(Math.max(start, 0)).filter(([, payload]) => matches(payload, asked.filter));
  const next = matching[asked.limit];
  return {
    points: matching
      .slice(0, asked.limit)
      .map(([id, payload]) => ({ id, payload: shown(payload, asked.with_payload) })),
    next_page_offset: next?.[0] ?? null,
  };
}

function matches(payload: Record<string, unknown>, filter: z.infer<typeof Filter> | undefined): boolean {
  return (
    filter?.should.some(({ key, match }) =>
      [payload[key]].flat().some((value) => match.any.includes(value as string)),
    ) ?? true
  );
}

function shown(payload: Record<string, unknown>, which: z.infer<typeof Scroll>['with_payload']) {
  if (typeof which === 'boolean') return which ? payload : null;
  return Object.fromEntries(Object.entries(payload).filter(([key]) => which.include.includes(key)));
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return chunks.length === 0 ? undefined : JSON.parse(Buffer.concat(chunks).toString('utf8'));
}
