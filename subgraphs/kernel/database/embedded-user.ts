import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { StartError } from './start-error';

export interface SystemUser {
  name: string;
  uid: number;
  gid: number;
}

const OWN_USER = 'datairis-pg';

/**
 * PostgreSQL refuses to run as root. Answers the user it shall run as: null for "the present one", else `postgres` where the system
 * has it, else one that is made for it.
 */
export function databaseUser(): SystemUser | null {
  if (process.platform === 'win32' || process.getuid?.() !== 0) return null;
  return lookUp('postgres') ?? lookUp(OWN_USER) ?? createUser();
}

function lookUp(name: string): SystemUser | null {
  try {
    const id = (flag: string) =>
      Number(execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'] }).toString());
    return { name, uid: id('-u'), gid: id('-g') };
  } catch {
    return null;
  }
}

function createUser(): SystemUser {
  try {
    execFileSync('useradd', ['--system', '--no-create-home', '--shell', '/usr/sbin/nologin', OWN_USER], {
      stdio: 'ignore',
    });
  } catch (error) {
    throw new StartError(
      'PostgreSQL cannot run as root, and no user could be made for it. Start DataIris as a normal user, or set DATABASE_URL.',
      { cause: error },
    );
  }
  const user = lookUp(OWN_USER);
  if (!user)
    throw new StartError(`The user ${OWN_USER} was made but cannot be found. Start DataIris as a normal user.`);
  return user;
}

/** Fails with one clear line when `user` cannot enter a folder above `path`. `what` names it for the reader. */
export function assertReachable(path: string, user: SystemUser, what: string): void {
  for (let folder = path; ; folder = dirname(folder)) {
    const { mode, uid, gid } = statSync(folder);
    const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) {
      throw new StartError(
        `PostgreSQL runs as the user "${user.name}", which cannot enter ${folder} on the way to ${what} (${path}). ` +
          `Start DataIris as a normal user, move the folder (DATAIRIS_DATA moves the data), or run: chmod o+x ${folder}`,
      );
    }
    if (dirname(folder) === folder) return;
  }
}

/** Spawn options that make a child run as this user; none for the present one. */
export const runAs = (user: SystemUser | null) =>
  user ? { uid: user.uid, gid: user.gid, env: { PATH: '/usr/bin:/bin', HOME: '/', LC_ALL: 'C.UTF-8' } } : {};
