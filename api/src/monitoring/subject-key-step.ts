import type { Monitored } from './deps.ts';

/**
 * Notes which pseudonymisation keys this process holds, so that taking one up and taking one away are entries of the audit
 * log, whoever changed the configuration and however. A process without keys of a tenant says nothing about them.
 */
export async function subjectKeyStep({ deps, tenant }: Monitored): Promise<void> {
  const kids = deps.keyring?.kids(tenant.name) ?? [];
  if (kids.length === 0) return;
  const changes = await deps.subjectKeys.note(tenant.id, kids, deps.now());
  for (const { kid, change } of changes) deps.log?.info({ kid, change }, 'a pseudonymisation key changed');
}
