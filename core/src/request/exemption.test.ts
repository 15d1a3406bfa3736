import { expect, test } from 'vitest';
import { ExemptionBody, keptPartsOf, type PlanExemption, wholeExemptionOf } from './exemption.ts';
import { outcomeOf } from './outcome.ts';
import { buildPlan, planGrowth, planHash, withExemptions } from './plan.ts';
import { targetResult } from './task.ts';

const crm = 'store:a/crm';
const books = 'store:b/books';
const input = {
  type: 'erasure',
  lineage: null,
  registered: [
    { id: crm, connector: 'sqlite' },
    { id: books, connector: 'sqlite' },
  ],
  parties: new Set<string>(),
  aliases: { count: 1, commitment: 'c' },
} as const;
const tax: PlanExemption = {
  node: books,
  categories: [],
  from: null,
  to: null,
  code: 'eu-gdpr:JustificationA17LegallyRequired',
  basis: 'fiscal code',
  reviewAt: '2034-01-01',
  by: 'key:agent',
};
const part: PlanExemption = { ...tax, categories: ['user.financial', 'user.contact'], from: '2020-01-01' };

test('every field of an exemption is under the hash of the plan, and their order is not', () => {
  const base = planHash(buildPlan({ ...input, exemptions: [tax] }));
  const others: Partial<PlanExemption>[] = [
    { node: crm },
    { categories: ['user'] },
    { from: '2020-01-01' },
    { to: '2020-01-01' },
    { code: 'eu-gdpr:JustificationA17LegalClaims' },
    { basis: 'another' },
    { reviewAt: '2030-01-01' },
    { by: 'key:other' },
  ];
  for (const change of others) {
    expect(planHash(buildPlan({ ...input, exemptions: [{ ...tax, ...change }] })), JSON.stringify(change)).not.toBe(
      base,
    );
  }
  const [one, other] = [
    [tax, { ...tax, node: crm }],
    [{ ...tax, node: crm }, tax],
  ];
  expect(planHash(buildPlan({ ...input, exemptions: one }))).toBe(planHash(buildPlan({ ...input, exemptions: other })));
});

test('a plan made later with other exemptions needs an approval of its own; a place that is gone asks for none', () => {
  const plan = buildPlan({ ...input, exemptions: [tax] });
  expect(planGrowth(plan, withExemptions(plan, [])).exemptions).toBe(true);
  expect(planGrowth(withExemptions(plan, []), plan).exemptions).toBe(true);
  expect(planGrowth(plan, buildPlan({ ...input, exemptions: [tax] })).exemptions).toBe(false);
  const vanished = buildPlan({ ...input, registered: [{ id: crm, connector: 'sqlite' }], exemptions: [tax] });
  expect(vanished.exemptions).toEqual([]);
  expect(planGrowth(plan, vanished)).toEqual({ targets: [], aliases: false, exemptions: false });
});

test('our own telemetry is no place that an exemption could name', () => {
  const [own] = buildPlan(input).targets.filter(({ origin }) => origin === 'own');
  expect(buildPlan({ ...input, exemptions: [{ ...tax, node: own?.node ?? '' }] }).exemptions).toEqual([]);
});

test('a place that stays as a whole keeps no parts', () => {
  expect(keptPartsOf([part], books)).toEqual([
    { categories: ['user.contact', 'user.financial'], from: '2020-01-01', to: null },
  ]);
  expect(keptPartsOf([part, tax], books)).toEqual([]);
  expect(wholeExemptionOf([part, tax], books)).toBe(tax);
  expect(keptPartsOf([part], crm)).toEqual([]);
});

test('proven but for a part that stays is completed with exceptions, never completed', () => {
  expect(outcomeOf([targetResult('verified', []), targetResult('no_data_found', [], true)])).toBe(
    'completed_with_exceptions',
  );
  expect(outcomeOf([targetResult('verified', []), targetResult('verifying', [], true)])).toBe('working');
});

test('a time range that ends before it begins is refused', () => {
  const { by: _, ...body } = part;
  expect(ExemptionBody.safeParse({ ...body, to: '2019-12-31' }).success).toBe(false);
  expect(ExemptionBody.safeParse({ ...body, to: '2020-01-01' }).success).toBe(true);
});
