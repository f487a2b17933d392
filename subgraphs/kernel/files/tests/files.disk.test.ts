import { fork } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { systemClock } from '../../clock';
import { newId } from '../../ids';
import { createLogger } from '../../logger';
import { openDiskFiles } from '../files.disk';
import type { Files } from '../files';
import { filesContract } from './contract';

const log = createLogger({ service: 'test', level: 'silent' });
let folder: string;
const open = () => openDiskFiles({ folder, clock: systemClock, log });
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'datairis-files-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));
const onDisk = async (): Promise<string[]> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
};

describe('disk', () => {
  filesContract(open);

  it('keeps files over a restart', async () => {
    const tenantId = newId();
    const saved = await (
      await open()
    ).put(tenantId, Readable.from(['kept']), {
      name: 'n',
      contentType: 'text/plain',
      maxBytes: 10,
    });
    const again = await open();
    expect(await again.info(tenantId, saved.id)).toEqual(saved);
    expect((await buffer(await again.read(tenantId, saved.id))).toString()).toBe('kept');
  });

  it('leaves nothing on disk when an upload is too large, breaks, or is aborted', async () => {
    const files = await open();
    const tenantId = newId();
    const options = { name: 'n', contentType: 'text/plain', maxBytes: 100_000 };
    await expect(files.put(tenantId, Readable.from([randomBytes(100_001)]), options)).rejects.toMatchObject({
      code: 'PAYLOAD_TOO_LARGE',
    });
    const broken = Readable.from(
      (async function* () {
        yield randomBytes(1_000);
        throw new Error('the connection broke');
      })(),
    );
    await expect(files.put(tenantId, broken, options)).rejects.toThrow('the connection broke');
    const abort = new AbortController();
    const endless = new Readable({ read: () => undefined });
    endless.push(randomBytes(1_000));
    const aborted = files.put(tenantId, endless, { ...options, signal: abort.signal });
    setTimeout(() => abort.abort(), 20);
    await expect(aborted).rejects.toMatchObject({ name: 'AbortError' });
    expect(endless.destroyed).toBe(true);
    expect(await onDisk()).toEqual([]);
  });

  it('ends running uploads when it closes', async () => {
    const files = await open();
    const endless = new Readable({ read: () => undefined });
    const upload = files.put(newId(), endless, { name: 'n', contentType: 't', maxBytes: 10 });
    setTimeout(() => void files.close(), 20);
    await expect(upload).rejects.toThrow();
    expect(await onDisk()).toEqual([]);
  });

  it('removes at start what a killed process left, and nothing else', async () => {
    const tenantId = newId();
    const saved = await (
      await open()
    ).put(tenantId, Readable.from(['x']), { name: 'n', contentType: 't', maxBytes: 10 });
    await writeFile(join(folder, tenantId, `${newId()}.tmp`), 'half');
    await writeFile(join(folder, tenantId, `${newId()}.bin`), 'whole, but never announced');
    await writeFile(join(folder, tenantId, `${saved.id}.json.tmp`), '{');
    await writeFile(join(folder, 'README'), 'of the operator');
    for (const name of await readdir(join(folder, tenantId))) {
      if (!name.startsWith(saved.id) || name.endsWith('.tmp')) await age(join(folder, tenantId, name));
    }
    await open();
    expect((await onDisk()).sort()).toEqual([`${saved.id}.bin`, `${saved.id}.json`, 'README'].sort());
  });

  it('leaves alone what another process is just writing to the same folder', async () => {
    const tenantId = newId();
    const files = await open();
    await files.put(tenantId, Readable.from(['x']), { name: 'n', contentType: 't', maxBytes: 10 });
    await writeFile(join(folder, tenantId, `${newId()}.tmp`), 'half');
    await open();
    expect((await onDisk()).filter((name) => name.endsWith('.tmp'))).toHaveLength(1);
  });

  it('has every announced file whole after SIGKILL in the middle of uploads', async () => {
    const child = fork(join(__dirname, 'uploader.ts'), [folder], {
      execArgv: ['-r', '@swc-node/register'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const announced: { tenantId: string; id: string }[] = [];
    const enough = new Promise<void>((resolve, reject) => {
      child.on('message', (message) => {
        announced.push(message as { tenantId: string; id: string });
        if (announced.length === 30) resolve();
      });
      child.on('exit', () => reject(new Error('the uploader ended early')));
    });
    await enough;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
    const files: Files = await open();
    for (const { tenantId, id } of announced) {
      const info = await files.info(tenantId, id);
      const content = await buffer(await files.read(tenantId, id));
      expect(content.length).toBe(info.size);
      expect(createHash('sha256').update(content).digest('hex')).toBe(info.sha256);
    }
  }, 30_000);
});

/** Makes a file look as if it had been left long ago. */
const age = (path: string): Promise<void> => utimes(path, new Date(0), new Date(0));
