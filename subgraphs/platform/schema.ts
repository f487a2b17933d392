import 'reflect-metadata';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSubgraphSchema } from '../kernel/graphql/subgraph-schema';
import { breakingChanges, compose } from './compose';
import { readRover } from './rover';
import { authEnv } from '../auth';
import { subgraphsOf } from './subgraphs';

/**
 * `npm run schema` emits every subgraph's SDL, the supergraph and the API schema into `schema/`. `--check` writes nothing and fails on
 * drift, on a composition error and on a change that breaks clients of the published baseline; `--publish` moves that baseline.
 */
async function main(root: string, flags: ReadonlySet<string>): Promise<number> {
  const subgraphs = subgraphsOf({ auth: authEnv.parse({}) });
  const emitted = new Map<string, string>();
  const composed = compose(
    await Promise.all(
      readRover(root).map(async ({ name, routingUrl, file }) => {
        const definition = subgraphs.find((subgraph) => subgraph.name === name);
        if (!definition) throw new Error(`rover.yaml names "${name}", but there is no such subgraph`);
        const { sdl } = await createSubgraphSchema(definition.graphql);
        emitted.set(file, sdl);
        return { name, routingUrl, sdl };
      }),
    ),
  );
  emitted.set(join(root, 'schema', 'supergraph.graphql'), composed.supergraphSdl);
  emitted.set(join(root, 'schema', 'api.graphql'), composed.apiSdl);

  const published = join(root, 'schema', 'published.graphql');
  if (flags.has('--publish')) emitted.set(published, composed.apiSdl);
  const problems =
    existsSync(published) && !flags.has('--publish')
      ? breakingChanges(readFileSync(published, 'utf8'), composed.apiSdl)
      : [];
  for (const problem of problems) console.error(`breaks clients of the published schema: ${problem}`);
  if (problems.length > 0)
    console.error('Keep the old shape and deprecate it, or, if the break is meant, run: npm run schema:publish');

  if (flags.has('--check')) return problems.length + reportDrift(emitted) > 0 ? 1 : 0;
  for (const [file, text] of emitted) writeFileSync(file, text);
  return problems.length > 0 ? 1 : 0;
}

function reportDrift(emitted: ReadonlyMap<string, string>): number {
  const stale = [...emitted].filter(([file, text]) => !existsSync(file) || readFileSync(file, 'utf8') !== text);
  for (const [file] of stale) console.error(`${file} is not what the code says; run: npm run schema`);
  return stale.length;
}

main(process.cwd(), new Set(process.argv.slice(2))).then(
  (code) => process.exit(code),
  (error: Error) => {
    console.error(error.message);
    process.exit(1);
  },
);
