// Compiles the server's TypeScript to `dist/` and the web app to `client/dist/`. Types are checked by `npm run check`, not here.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformFile } from '@swc/core';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const out = join(root, 'dist');
const options = JSON.parse(readFileSync(join(root, '.swcrc'), 'utf8'));

await compileServer();
if (!process.argv.includes('--server-only')) buildClient();

async function compileServer() {
  rmSync(out, { recursive: true, force: true });
  const files = ['gateway', 'subgraphs', 'bench'].flatMap((folder) => sources(join(root, folder)));
  await Promise.all(files.map(compile));
}

function sources(folder) {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return name === 'tests' || name === 'node_modules' ? [] : sources(path);
    return /\.(ts|json)$/.test(name) && !/\.(test|d)\.ts$/.test(name) ? [path] : [];
  });
}

async function compile(file) {
  const target = join(out, relative(root, file)).replace(/\.ts$/, '.js');
  mkdirSync(dirname(target), { recursive: true });
  if (file.endsWith('.json')) return cpSync(file, target);
  const { code, map } = await transformFile(file, { ...options, swcrc: false, configFile: false });
  writeFileSync(target, `${code}\n//# sourceMappingURL=${relative(dirname(target), target)}.map\n`);
  writeFileSync(`${target}.map`, map);
}

function buildClient() {
  if (!existsSync(join(root, 'client', 'vite.config.mts'))) return;
  const node = (script, ...args) =>
    execFileSync(process.execPath, [join(root, 'node_modules', script), ...args], {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
  node('@graphql-codegen/cli/cjs/bin.js', '--config', 'client/codegen.ts', '--silent');
  node('vite/bin/vite.js', 'build', '--config', 'client/vite.config.mts', '--logLevel', 'warn');
}
