// Runs on whatever Node the machine has (20 or later) with nothing installed: brings `node_modules` and `dist` up to date, then goes on
// under the Node that the lock file names. `node bootstrap.mjs <install|build|run> [--] [command …]`.
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const lockFolder = join(root, '.datairis-setup.lock');
const installStamp = join(root, 'node_modules', '.datairis-stamp');
const buildStamp = join(root, 'dist', '.stamp');

const SOURCES = ['gateway', 'subgraphs', 'bench', 'client', 'schema'];
const SETTINGS = ['package-lock.json', 'tsconfig.json', '.swcrc'];
const GENERATED = new Set(['node_modules', 'dist', 'gql']);

const [step = 'run', ...rest] = process.argv.slice(2).filter((argument) => argument !== '--');
await withLock(async () => {
  if (!isInstalled()) install();
  if (step !== 'install' && !isBuilt()) build();
});
if (step === 'run') goOn(rest);

function isInstalled() {
  return existsSync(installStamp) && readFileSync(installStamp, 'utf8') === installHash();
}

function installHash() {
  return hash(['package.json', 'package-lock.json'].map((file) => readFileSync(join(root, file))));
}

function install() {
  say('Installing packages (once; a minute or two) …');
  // `npm ci` of npm 11 wants optional packages of every platform in the lock, which not every registry can serve.
  npm(['install', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']);
  writeFileSync(installStamp, installHash());
}

function npm(args) {
  // npm tells its scripts where it lives; without it, npm on the path.
  const cli = process.env.npm_execpath;
  const [command, argv] = cli ? [process.execPath, [cli, ...args]] : ['npm', args];
  execFileSync(command, argv, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: !cli && process.platform === 'win32',
  });
}

function isBuilt() {
  return existsSync(buildStamp) && readFileSync(buildStamp, 'utf8') === sourcesHash();
}

/** Names, sizes and times, not contents: it is asked at every start. */
function sourcesHash() {
  const lines = [];
  const walk = (path) => {
    const stat = statSync(path);
    if (!stat.isDirectory()) lines.push(`${relative(root, path)} ${stat.size} ${stat.mtimeMs}`);
    else for (const name of readdirSync(path).sort()) if (!GENERATED.has(name)) walk(join(path, name));
  };
  for (const name of [...SOURCES, ...SETTINGS]) if (existsSync(join(root, name))) walk(join(root, name));
  return hash(lines);
}

function build() {
  say('Building (once after each change) …');
  execFileSync(ownNode(), [join(root, 'subgraphs', 'platform', 'build.mjs')], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  writeFileSync(buildStamp, sourcesHash());
}

function ownNode() {
  const node = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  return existsSync(node) ? node : process.execPath;
}

/** Hands over to the command under our own Node; signals pass through, its exit code is ours. */
function goOn([script, ...args]) {
  const path = [join(root, 'node_modules', '.bin'), process.env.PATH].join(process.platform === 'win32' ? ';' : ':');
  const child = spawn(ownNode(), [join(root, script), ...args], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PATH: path },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)));
}

/** One set-up at a time in a folder: `npm start` and `npm test` may be typed side by side. */
async function withLock(work) {
  for (let waited = false; ;) {
    try {
      mkdirSync(lockFolder);
      writeFileSync(join(lockFolder, 'pid'), String(process.pid));
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') fail(`The folder ${root} cannot be written: ${error.message}`);
      if (!lockIsHeld()) {
        rmSync(lockFolder, { recursive: true, force: true });
        continue;
      }
      if (!waited) say('Waiting for another set-up in this folder …');
      waited = true;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
  try {
    await work();
  } catch (error) {
    fail(`The set-up failed: ${error.message}`);
  } finally {
    rmSync(lockFolder, { recursive: true, force: true });
  }
}

function lockIsHeld() {
  try {
    process.kill(Number(readFileSync(join(lockFolder, 'pid'), 'utf8')), 0);
    return true;
  } catch (error) {
    if (error.code === 'EPERM') return true;
    // Just made, its pid not written yet: held.
    return existsSync(lockFolder) && Date.now() - statSync(lockFolder).mtimeMs < 2_000;
  }
}

function hash(parts) {
  const digest = createHash('sha256');
  for (const part of parts) digest.update(part).update('\n');
  return digest.digest('hex');
}

function say(text) {
  process.stderr.write(`${text}\n`);
}

function fail(text) {
  rmSync(lockFolder, { recursive: true, force: true });
  say(text);
  process.exit(1);
}
