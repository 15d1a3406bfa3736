import { VestigeError } from '@vestige/core/errors';
import type { z } from 'zod';

/** What is wrong with one variable. Never holds its value: half of them are secrets. */
export interface SettingProblem {
  readonly variable: string;
  /** Reads on after the name, e.g. `is missing`. */
  readonly problem: string;
  readonly example: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Attaches what an operator may copy. Goes last, as zod's wrappers do not inherit it. */
export function setting<T extends z.ZodType>(schema: T, example: string): T {
  return schema.meta({ examples: [example] });
}

/**
 * Checks an environment against a schema and collects what is wrong instead of stopping at the first.
 *
 * An empty variable counts as absent: that is how Compose files and shells unset one.
 *
 * @returns null when there were problems
 */
export function readSettings<S extends z.ZodRawShape>(
  schema: z.ZodObject<S>,
  env: Environment,
  problems: SettingProblem[],
): z.infer<z.ZodObject<S>> | null {
  const given = Object.fromEntries(
    Object.keys(schema.shape).flatMap((name) => (env[name] ? [[name, env[name]] as const] : [])),
  );
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) {
    const variable = String(issue.path[0] ?? '');
    problems.push({
      variable,
      problem: variable in given ? issue.message : 'is missing',
      example: exampleOf(schema, variable),
    });
  }
  return null;
}

export function exampleOf(schema: z.ZodObject, variable: string): string {
  const meta = (schema.shape[variable] as z.ZodType | undefined)?.meta();
  const [example] = (meta?.['examples'] as readonly unknown[] | undefined) ?? [];
  return typeof example === 'string' ? example : '';
}

/** @throws VestigeError misconfigured, always, one line for each problem */
export function refuseProblems(process: string, problems: readonly SettingProblem[]): never {
  const lines = problems.map(
    ({ variable, problem, example }) => `  ${variable} ${problem}.${example && ` Example: ${variable}=${example}`}`,
  );
  const count = problems.length === 1 ? '1 setting is' : `${problems.length} settings are`;
  throw new VestigeError('misconfigured', `${count} wrong for ${process}:\n${lines.join('\n')}`, { problems });
}
