import type { paths } from '../../api/schema.d.ts';

export type ExposureBody = NonNullable<paths['/v1/exposure']['post']['requestBody']>['content']['application/json'];

/** What the form holds: local times as the browser's fields give them. */
export interface ExposureForm {
  readonly about: 'node' | 'edge' | 'party';
  readonly node: string;
  readonly from: string;
  readonly to: string;
  readonly party: string;
  readonly start: string;
  readonly end: string;
  readonly category: string;
  readonly includeDownstream: boolean;
}

/** @returns null where something is missing, or the window ends before it begins */
export function bodyOf(form: ExposureForm): ExposureBody | null {
  const [from, to] = [new Date(form.start), new Date(form.end)];
  if (Number.isNaN(from.getTime()) || Number.isNaN(to.getTime()) || from >= to) return null;
  const about = aboutOf(form);
  if (about === null) return null;
  return {
    ...about,
    from: from.toISOString(),
    to: to.toISOString(),
    ...(form.category === '' ? {} : { categories: [form.category] }),
    includeDownstream: form.includeDownstream,
  };
}

function aboutOf({ about, node, from, to, party }: ExposureForm): Pick<ExposureBody, 'node' | 'edge' | 'party'> | null {
  if (about === 'node') return node === '' ? null : { node };
  if (about === 'party') return party === '' ? null : { party };
  return from === '' || to === '' ? null : { edge: { from, to } };
}

/** A moment as a `datetime-local` field wants it: in the reader's zone, without naming it. */
export function localTime(ms: number): string {
  const date = new Date(ms);
  return new Date(ms - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
