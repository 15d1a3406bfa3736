import { randomBytes, randomUUID } from 'node:crypto';
import type { Call } from '../harness/http.ts';
import { CONTENT_KEYS, hostileAttributes, hostileResource } from './hostile-attributes.ts';
import { IN_CONTENT } from './seeded-person.ts';

const json = { 'content-type': 'application/json' };

/** Calls to the API that hold an identifier where none belongs, or in the wrong form. Each must be answered without it. */
export function hostileApiCalls(said: string, ids: { requestId: string; taskId: string; fence: number }): Call[] {
  const inPath = encodeURIComponent(said);
  const day = '2031-01-01';
  const request = (name: string, body: unknown): Call => ({
    method: 'POST',
    path: `/v1/requests/${ids.requestId}/${name}`,
    json: body,
  });
  const task = (name: string, body: unknown): Call => ({
    method: 'POST',
    path: `/v1/tasks/${ids.taskId}/${name}`,
    json: body,
  });
  const result = {
    fence: ids.fence,
    found: 0,
    erased: 0,
    residual: 0,
    method: 'count',
    evidenceDigest: `sha256:${'a'.repeat(64)}`,
    searched: true,
    cannotErase: [],
  };
  const resolve = (body: unknown): Call => ({ method: 'POST', path: '/v1/subjects/resolve', json: body });
  return [
    // Bodies that are no JSON, no object, no known field.
    { method: 'POST', path: '/v1/subjects/resolve', body: `{"identifiers": ${said}`, headers: json },
    { method: 'POST', path: '/v1/requests', body: `${said}`, headers: json },
    { method: 'POST', path: '/v1/requests', body: `email=${said}`, headers: { 'content-type': 'text/plain' } },
    resolve(said),
    resolve({ [said]: said }),
    resolve({ identifiers: [{ type: said, value: said }] }),
    resolve({ identifiers: [{ type: 'email', value: `write to ${said} soon` }] }),
    resolve({ identifiers: [{ type: 'phone', value: `x${said}` }] }),
    resolve({ identifiers: [{ type: 'email', value: said, [said]: said }] }),
    resolve({ identifiers: said }),
    resolve({ tokens: [said] }),
    resolve({ tokens: [], purpose: said }),
    { ...resolve({ tokens: ['ps1.k1.zyiJtmbyXinbPYLSJ_ozvw'], purpose: said }), headers: { 'vestige-purpose': '' } },
    // Addresses, queries, headers.
    ...[
      `/v1/${inPath}`,
      `/${inPath}`,
      `/v1/subjects/${inPath}`,
      `/v1/subjects/${inPath}/lineage`,
      `/v1/traces/${inPath}`,
      `/v1/requests/${inPath}`,
      `/v1/requests/${inPath}/package`,
      `/v1/requests/${inPath}/package/review`,
      `/copies/${inPath}`,
      `/v1/tenants/${inPath}`,
      `/v1/requests?state=${inPath}&limit=${inPath}&cursor=${inPath}&dueBefore=${inPath}`,
      `/v1/requests?cursor=${inPath}`,
      `/v1/audit/entries?subjectId=${inPath}&${inPath}=1`,
      `/v1/subjects/${ids.requestId}?${inPath}`,
      `/docs/${inPath}`,
    ].map((path) => ({ method: 'GET', path })),
    { method: 'DELETE', path: `/v1/api-keys/${inPath}` },
    { method: 'DELETE', path: `/v1/stores?id=${inPath}` },
    { method: 'DELETE', path: `/v1/parties?id=${inPath}` },
    { method: 'GET', path: '/v1/stores', headers: { authorization: `Bearer vst_${inPath}` } },
    { method: 'GET', path: '/v1/stores', headers: { authorization: `Bearer ${inPath}` } },
    { method: 'GET', path: `/v1/subjects/${ids.requestId}`, headers: { 'vestige-purpose': inPath } },
    {
      method: 'POST',
      path: '/v1/subject-sets',
      json: { tokens: ['ps1.k1.zyiJtmbyXinbPYLSJ_ozvw'] },
      headers: { 'idempotency-key': inPath },
    },
    // Free text that is kept, and names that go into the audit trail.
    {
      method: 'POST',
      path: '/v1/aliases',
      json: {
        action: 'link',
        tokens: ['ps1.k1.zyiJtmbyXinbPYLSJ_ozvw', 'ps1.k1.WpAh_HzLOnCSJaLeebZ6HA'],
        kind: 'operator',
        evidence: `mail from ${said}`,
      },
    },
    { method: 'PUT', path: '/v1/stores', json: { id: `store:postgres://db:5432/shop.${said}`, title: 'x' } },
    { method: 'PUT', path: '/v1/stores', json: { id: 'store:titled/x', title: `mailbox of ${said}` } },
    { method: 'PUT', path: '/v1/stores', json: { id: 'store:connected/x', title: 'x', connector: said } },
    { method: 'PUT', path: '/v1/parties', json: { id: 'somebody', legalName: `${said} Ltd`, role: 'processor' } },
    {
      method: 'PUT',
      path: '/v1/parties',
      json: { id: 'transfer', legalName: 'x', role: 'processor', transferMechanism: said },
    },
    { method: 'PUT', path: '/v1/parties', json: { id: 'hosted', legalName: 'x', role: 'processor', hosts: [said] } },
    { method: 'PUT', path: '/v1/node-aliases', json: { alias: `store:${said}/a`, canonical: `store:${said}/b` } },
    { method: 'PUT', path: '/v1/internal-hosts', json: { hosts: [said] } },
    { method: 'POST', path: '/v1/api-keys', json: { name: `key of ${said}`, scopes: ['ingest'] } },
    {
      method: 'PUT',
      path: '/v1/request-policy',
      json: { singleKeyApproval: false, timeZone: said, holidays: null, packageDays: 30 },
    },
    // Requests and their events.
    {
      method: 'POST',
      path: '/v1/requests',
      json: { type: 'erasure', receivedAt: said, identifiers: [{ type: 'email', value: said }] },
    },
    {
      method: 'POST',
      path: '/v1/requests',
      json: {
        type: said,
        regime: said,
        ground: said,
        receivedAt: new Date().toISOString(),
        identifiers: [{ type: 'email', value: `x ${said} x` }],
      },
    },
    request('identity', { result: 'verified', method: said, assurance: said }),
    request('approve', { planHash: said }),
    request('hold', { matter: `the case of ${said}`, reviewAt: day }),
    {
      method: 'PUT',
      path: `/v1/requests/${ids.requestId}/exemptions`,
      json: {
        items: [
          { node: said, code: 'eu-gdpr:JustificationA17LegalClaims', basis: `ask ${said}`, reviewAt: day },
          { node: 'x', categories: [said], code: said, basis: 'x', reviewAt: day },
        ],
      },
    },
    {
      method: 'POST',
      path: `/v1/requests/${ids.requestId}/identity-proofs?kind=knowledge&assurance=low`,
      body: `shown by ${said}`,
      headers: { 'content-type': 'text/plain' },
    },
    request('refuse', {
      code: 'eu-gdpr:JustificationA12ManifestlyUnfounded',
      complaintAuthority: said,
      judicialRemedyTold: true,
    }),
    request('reopen', { identifiers: [{ type: 'phone', value: `x${said}` }], reason: 'residue' }),
    // What deletion jobs say of their work.
    {
      method: 'POST',
      path: '/v1/tasks/claim',
      json: { stores: [said], max: 1, leaseSeconds: 5, worker: said },
    },
    { method: 'POST', path: '/v1/tasks/claim', json: { stores: [said], max: 1, leaseSeconds: 5, worker: 'w' } },
    {
      method: 'PUT',
      path: `/v1/tasks/${ids.taskId}/data?fence=${ids.fence}`,
      body: `{"email": ${said}`,
      headers: { 'content-type': 'application/x-ndjson' },
    },
    task('exempt', { code: 'eu-gdpr:JustificationA17LegalClaims', basis: `ask ${said}`, reviewAt: day }),
    task('result', { ...result, method: said }),
    task('result', { ...result, evidenceDigest: said }),
    task('result', { ...result, cannotErase: [`the copy of ${said}`] }),
    task('fail', { fence: ids.fence, class: 'retryable', code: said, message: 'x' }),
    task('fail', { fence: ids.fence, class: 'retryable', code: 'x', message: `no mailbox ${said}` }),
  ];
}

/** Calls to the collector: well-formed exports by a client without our SDK, and every kind of malformed one. */
export function hostileCollectorCalls(said: string, token: string): Call[] {
  const inPath = encodeURIComponent(said);
  const traces = (body: unknown): Call => ({ method: 'POST', path: '/v1/traces', json: body });
  const lineage = (body: unknown): Call => ({ method: 'POST', path: '/api/v1/lineage', json: body });
  const good = spanOf(said, token);
  const broken: object[] = [
    { ...good, traceId: said },
    { ...good, spanId: said },
    { ...good, startTimeUnixNano: said },
    { ...good, startTimeUnixNano: '1' },
    { ...good, name: { [said]: said } },
    { ...good, kind: said },
    { ...good, attributes: [{ key: said, value: said }] },
    { ...good, attributes: said },
    { ...good, status: { code: said, message: said } },
    { ...good, [said]: said },
  ];
  return [
    traces(exportOf(said, [good])),
    traces(exportOf(said, [good, ...broken.slice(0, 4)])),
    ...broken.map((span) => traces(exportOf(said, [span]))),
    ...['application/json', 'application/x-protobuf', 'text/plain', said.replaceAll(/[^\w@.+-]/g, '')].map((type) => ({
      method: 'POST',
      path: '/v1/traces',
      body: `{"resourceSpans": ${said}`,
      headers: { 'content-type': type },
    })),
    { ...traces({}), headers: { 'content-encoding': inPath } },
    { ...traces({}), headers: { authorization: `Bearer vst_${inPath}`, 'x-vestige-key': inPath } },
    { method: 'GET', path: `/v1/${inPath}` },
    { method: 'POST', path: `/v1/traces/${inPath}?q=${inPath}`, json: {} },
    lineage(lineageEvent(said)),
    lineage({ ...lineageEvent(said), run: { runId: said } }),
    lineage({ ...lineageEvent(said), eventTime: said }),
    lineage({ ...lineageEvent(said), eventType: said }),
    lineage({ [said]: said }),
    { method: 'POST', path: '/api/v1/lineage', body: `{"job": ${said}`, headers: json },
    { method: 'POST', path: '/api/v1/lineage/batch', json: [lineageEvent(said), said, { job: said }] },
  ];
}

const text = (key: string, value: string) => ({ key, value: { stringValue: value } });
const attributesOf = (record: Readonly<Record<string, string>>) =>
  Object.entries(record).map(([key, value]) => text(key, value));

function spanOf(said: string, token: string) {
  const atNs = BigInt(Date.now() - 60_000) * 1_000_000n;
  const contents = CONTENT_KEYS.map((key, i) => text(key, `write to ${IN_CONTENT[i % IN_CONTENT.length]} or ${said}`));
  const attributes = [...attributesOf(hostileAttributes(said)), ...contents];
  return {
    traceId: randomBytes(16).toString('hex'),
    spanId: randomBytes(8).toString('hex'),
    traceState: `vendor=${said}`,
    name: `direct ${said}`,
    kind: 3,
    startTimeUnixNano: String(atNs),
    endTimeUnixNano: String(atNs + 1_000_000n),
    attributes: [
      { key: 'vestige.subject.tokens', value: { arrayValue: { values: [{ stringValue: token }] } } },
      ...attributes,
    ],
    events: [{ timeUnixNano: String(atNs), name: `found ${said}`, attributes }],
    links: [
      {
        traceId: randomBytes(16).toString('hex'),
        spanId: randomBytes(8).toString('hex'),
        traceState: said,
        attributes,
      },
    ],
    status: { code: 2, message: `no such user ${said}` },
  };
}

function exportOf(said: string, spans: readonly object[]) {
  const resource = { 'service.name': `shop of ${said}`, 'service.instance.id': said, ...hostileResource(said) };
  return {
    resourceSpans: [
      {
        resource: { attributes: attributesOf(resource) },
        schemaUrl: `https://schema.example/${said}`,
        scopeSpans: [{ scope: { name: `library of ${said}`, version: said, attributes: [text(said, said)] }, spans }],
      },
    ],
  };
}

function lineageEvent(said: string) {
  const facet = { _producer: 'https://example.com', _schemaURL: 'https://example.com' };
  const facets = {
    documentation: { ...facet, description: `ask ${said}` },
    ownership: { ...facet, owners: [{ name: said, type: said }] },
    tags: { ...facet, tags: [{ key: said, value: said, source: said }] },
    [said]: { ...facet, value: said },
  };
  return {
    eventType: 'COMPLETE',
    eventTime: new Date(Date.now() - 30_000).toISOString(),
    producer: `https://example.com/${said}`,
    schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent',
    run: {
      runId: randomUUID(),
      facets: { errorMessage: { ...facet, message: `no such user ${said}`, programmingLanguage: 'sql' } },
    },
    job: {
      namespace: 'nightly',
      name: `report for ${said}`,
      facets: { ...facets, sql: { ...facet, query: `SELECT * FROM users WHERE contact = '${said}'` } },
    },
    inputs: [{ namespace: 'sqlite:crm.db', name: `main.inbox_${said}`, facets }],
    outputs: [{ namespace: `file:///reports/${said}`, name: `of ${said}`, facets }],
  };
}
