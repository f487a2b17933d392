import { z } from 'zod';

export type EnvGroups = Record<string, z.ZodObject>;
export type Env<G extends EnvGroups> = { readonly [K in keyof G]: z.output<G[K]> };

/** Thrown with every wrong variable at once; its message is ready to print. */
export class EnvError extends Error {
  override readonly name = 'EnvError';

  constructor(readonly problems: readonly string[]) {
    super(`The environment is not right:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}

/**
 * Parses groups of variables once, at the start of a process. Each group is a zod object whose keys are the variables' names.
 * All problems of all groups are reported together. An empty string counts as unset.
 */
export function parseEnv<G extends EnvGroups>(groups: G, source: Readonly<Record<string, string | undefined>>): Env<G> {
  const given = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined && value !== ''));
  const problems: string[] = [];
  const parsed: Record<string, unknown> = {};
  for (const [name, group] of Object.entries(groups)) {
    const result = group.safeParse(given);
    if (result.success) parsed[name] = result.data;
    else problems.push(...result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`));
  }
  if (problems.length > 0) throw new EnvError(problems);
  return parsed as Env<G>;
}

/** `on`/`off`, `true`/`false`, `1`/`0`. */
export const flag = (fallback: boolean) =>
  z
    .enum(['on', 'off', 'true', 'false', '1', '0'])
    .default(fallback ? 'on' : 'off')
    .transform((value) => value === 'on' || value === 'true' || value === '1');

export const port = (fallback: number) => z.coerce.number().int().min(0).max(65_535).default(fallback);
