import { isVestigeError } from '@vestige/core/errors';
import type { FieldNotice } from '@vestige/core/package/notice';
import {
  type FoundIdentifier,
  identifiersIn,
  type RedactionReason,
  type Whose,
  withoutOthers,
} from '@vestige/core/package/third-parties';
import type { Tenant } from '@vestige/store/control/tenant-store';
import type { ApiDeps } from '../../deps.ts';
import { type DataRow, rowLine } from './data-files.ts';

/** Who the package is for: their subjects, and every token that leads to them. */
export interface Person {
  readonly subjectIds: ReadonlySet<string>;
  readonly tokens: ReadonlySet<string>;
  /** Values of the request itself, lower-cased: known as the person's own where this server holds no key. */
  readonly values: ReadonlySet<string>;
}

export interface JudgedRows {
  /** JSON, one row each. */
  readonly lines: string[];
  readonly redactions: Map<RedactionReason, number>;
  /** Rows that were somebody else's. */
  readonly others: number;
}

/** One question to the alias table per so many rows. */
const ROWS_PER_LOOKUP = 500;
const IDENTIFIERS_PER_LOOKUP = 1_000;

/**
 * The rows of one store without what is about other people (`core/src/package/third-parties.ts`).
 *
 * @param change what of a row that stays is wanted
 */
export async function judgeRows(
  deps: Pick<ApiDeps, 'aliases' | 'keyring'>,
  tenant: Tenant,
  person: Person,
  rows: Iterable<DataRow>,
  fields: readonly FieldNotice[],
  change: (row: DataRow) => DataRow,
): Promise<JudgedRows> {
  const judged = { lines: [] as string[], redactions: new Map<RedactionReason, number>(), others: 0 };
  let batch: DataRow[] = [];
  const judgeBatch = async () => {
    const found = batch.flatMap((row) => identifiersIn(row, fields));
    const known = await whoseAre(deps, tenant, person, found);
    for (const row of batch) {
      const verdict = withoutOthers(row, fields, (identifier) => known.get(keyOf(identifier)) ?? 'unknown');
      if (!verdict.keep) {
        judged.others += 1;
        continue;
      }
      judged.lines.push(rowLine(change(verdict.row)));
      for (const reason of verdict.redactions) {
        judged.redactions.set(reason, (judged.redactions.get(reason) ?? 0) + 1);
      }
    }
    batch = [];
  };
  for (const row of rows) {
    batch.push(row);
    if (batch.length >= ROWS_PER_LOOKUP) await judgeBatch();
  }
  if (batch.length > 0) await judgeBatch();
  return judged;
}

const keyOf = ({ type, value }: FoundIdentifier) => `${type} ${value}`;

async function whoseAre(
  deps: Pick<ApiDeps, 'aliases' | 'keyring'>,
  tenant: Tenant,
  person: Person,
  found: readonly FoundIdentifier[],
): Promise<Map<string, Whose>> {
  const verdicts = new Map<string, Whose>();
  const asked: { key: string; token: string }[] = [];
  for (const identifier of new Map(found.map((each) => [keyOf(each), each])).values()) {
    const key = keyOf(identifier);
    const tokens = tokensOf(deps, tenant, identifier);
    const own = person.values.has(identifier.value.toLowerCase()) || tokens.some((token) => person.tokens.has(token));
    verdicts.set(key, own ? 'own' : 'unknown');
    if (!own) asked.push(...tokens.map((token) => ({ key, token })));
  }
  for (let start = 0; start < asked.length; start += IDENTIFIERS_PER_LOOKUP) {
    const part = asked.slice(start, start + IDENTIFIERS_PER_LOOKUP);
    const aliases = await deps.aliases.find(
      tenant.id,
      part.map(({ token }) => token),
    );
    for (const [index, alias] of aliases.entries()) {
      const key = part[index]?.key;
      // What several people use, such as the number of an office, says nothing about who is meant.
      if (key === undefined || alias === null || alias.shared === true || verdicts.get(key) === 'own') continue;
      verdicts.set(key, person.subjectIds.has(alias.subjectId) ? 'own' : 'other');
    }
  }
  return verdicts;
}

/** None for what is no identifier of its type after all, and where the server holds no key. */
function tokensOf(deps: Pick<ApiDeps, 'keyring'>, tenant: Tenant, { type, value }: FoundIdentifier): string[] {
  try {
    return deps.keyring.tokensFor(tenant.name, type, unescaped(value));
  } catch (error) {
    if (isVestigeError(error, 'bad_request')) return [];
    throw error;
  }
}

/** The finder knows percent-encoded addresses too; a token is made of the address itself. */
function unescaped(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
