import { propagation, ROOT_CONTEXT } from '@opentelemetry/api';
import { W3CBaggagePropagator } from '@opentelemetry/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readHeader, writeHeader } from './header.ts';

const w3c = new W3CBaggagePropagator();
const key = fc.stringMatching(/^[a-z][a-z0-9_-]{0,12}$/);
const entries = fc.dictionary(key, fc.string({ maxLength: 40 }), { maxKeys: 6 });
const baggageOf = (all: Record<string, string>) =>
  propagation.createBaggage(Object.fromEntries(Object.entries(all).map(([name, value]) => [name, { value }])));

test('what we write the propagator of OpenTelemetry reads the same, and the other way round', () => {
  fc.assert(
    fc.property(entries, (all) => {
      fc.pre(Object.values(all).every((value) => value.trim() === value && value !== '' && value.isWellFormed()));
      const baggage = baggageOf(all);
      const carrier: Record<string, string> = {};
      const setter = {
        set: (to: Record<string, string>, name: string, value: string) => void Object.assign(to, { [name]: value }),
      };
      w3c.inject(propagation.setBaggage(ROOT_CONTEXT, baggage), carrier, setter);
      const theirs = carrier.baggage ?? '';
      expect(
        readHeader(theirs)
          .getAllEntries()
          .map(([name, { value }]) => [name, value]),
      ).toEqual(Object.entries(all));
      const getter = { get: () => writeHeader(baggage), keys: () => ['baggage'] };
      const read = propagation.getBaggage(w3c.extract(ROOT_CONTEXT, {}, getter));
      expect((read?.getAllEntries() ?? []).map(([name, { value }]) => [name, value])).toEqual(Object.entries(all));
    }),
  );
});

test('malformed members are left out and do not throw', () => {
  fc.assert(fc.property(fc.string({ maxLength: 300 }), (header) => void readHeader(header)));
  expect(
    readHeader('a=1,=2,b,%zz=3,c=%zz,d=4;meta=x')
      .getAllEntries()
      .map(([name]) => name),
  ).toEqual(['a', 'd']);
});

test('a header never exceeds 8,192 characters', () => {
  const many = baggageOf(Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`k${i}`, 'v'.repeat(500)])));
  expect(writeHeader(many).length).toBeLessThanOrEqual(8_192);
});
