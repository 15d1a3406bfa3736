import type { Verdict } from './verify-bundle.ts';

const LEVELS = [
  ['broken', 'Broken'],
  ['gap', 'Missing'],
  ['note', 'Worth knowing'],
] as const;
const REDACTED_SHOWN_MAX = 10;

const CONCLUSIONS: Record<Verdict['verdict'], string> = {
  holds: 'The log HOLDS.',
  holds_with_gaps: 'The log HOLDS, and something is missing that should be there; see above.',
  broken: 'The log does NOT hold.',
};

/** For a person: what was checked, what was found, and what to do about it. */
export function humanReport({ verdict, origin, size, checked, checks, findings, counts, redacted }: Verdict): string {
  const lines = [`Audit log ${origin}, ${size} entries`, ''];
  for (const { ok, says } of checks) lines.push(`  ${ok ? 'holds' : 'FAILS'}  ${says}`);
  lines.push('', `  ${countsText(checked)}`);
  if (redacted.length > 0) {
    const shown = redacted.slice(0, REDACTED_SHOWN_MAX).map(({ index, by }) => `${index} (by entry ${by})`);
    const more = redacted.length > shown.length ? ` and ${redacted.length - shown.length} more` : '';
    lines.push(`  erased by right, the entries stand: ${shown.join(', ')}${more}`);
  }
  for (const [level, title] of LEVELS) {
    const of = findings.filter((finding) => finding.level === level);
    if (of.length === 0) continue;
    lines.push('', `${title}:`);
    for (const { at, says, advice, code } of of) lines.push(`  ${at}: ${says} [${code}]`, `      ${advice}`);
    for (const code of new Set(of.map((each) => each.code))) {
      const listed = of.filter((each) => each.code === code).length;
      if ((counts[code] ?? 0) > listed) lines.push(`  … and ${(counts[code] ?? 0) - listed} more [${code}]`);
    }
  }
  lines.push('', CONCLUSIONS[verdict]);
  return lines.join('\n');
}

function countsText({ until, ...checked }: Verdict['checked']): string {
  const counted = Object.entries(checked).map(([what, count]) => `${count} ${what}`);
  return `checked: ${counted.join(', ')}${until ? `; until ${new Date(until).toISOString()}` : ''}`;
}
