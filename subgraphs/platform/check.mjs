// Everything but the tests: types, lint, format, schema, documentation. Runs all steps and says at the end which failed.
import { spawnSync } from 'node:child_process';

const steps = [
  ['generated types', 'node_modules/@graphql-codegen/cli/cjs/bin.js', '--config', 'client/codegen.ts', '--silent'],
  ['types', 'node_modules/typescript/bin/tsc', '-p', '.'],
  ['lint', 'node_modules/eslint/bin/eslint.js', '.', '--max-warnings', '0'],
  ['format', 'node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'],
  ['schema', '-r', '@swc-node/register', 'subgraphs/platform/schema.ts', '--check'],
  ['documentation', '-r', '@swc-node/register', 'subgraphs/platform/check-docs.ts'],
];

const failed = [];
for (const [name, ...args] of steps) {
  const began = Date.now();
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  const seconds = ((Date.now() - began) / 1000).toFixed(1);
  process.stdout.write(`${status === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)\n`);
  if (status !== 0) failed.push(name);
}
if (failed.length > 0) {
  process.stdout.write(`check failed: ${failed.join(', ')}\n`);
  process.exit(1);
}
