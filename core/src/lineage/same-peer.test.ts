import { describe, expect, test } from 'vitest';
import { moreSpecific, samePeer } from './same-peer.ts';

describe('two names of one model', () => {
  test.each([
    ['the host is known to one', 'model:openai/gpt-5', 'model:openai/gpt-5@api.openai.com'],
    ['the provider is known to one', 'model:-/gpt-5', 'model:openai/gpt-5'],
    ['one names the snapshot that answered', 'model:openai/gpt-5-2026-01-01', 'model:openai/gpt-5'],
    ['one does not know which of Google’s APIs it calls', 'model:gcp.gen_ai/gemini-3', 'model:gcp.gemini/gemini-3'],
  ])('are one peer, and the second tells more: %s', (_, less, more) => {
    expect(samePeer(less, more)).toBe(true);
    expect(moreSpecific(less, more)).toBe(more);
    expect(moreSpecific(more, less)).toBe(more);
  });

  test.each([
    ['another model', 'model:openai/gpt-5', 'model:openai/gpt-5-mini'],
    ['another host', 'model:openai/gpt-5@api.openai.com', 'model:openai/gpt-5@eu.api.openai.com'],
    ['another of Google’s APIs', 'model:gcp.gemini/g', 'model:gcp.vertex_ai/g'],
  ])('are two peers: %s', (_, a, b) => expect(samePeer(a, b)).toBe(false));
});

test('a party tells more than none, and none tells nothing of a party', () => {
  expect(moreSpecific('recipient:-', 'recipient:example.com')).toBe('recipient:example.com');
  expect(moreSpecific('recipient:example.com', 'recipient:-')).toBe('recipient:example.com');
});
