import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { isId, newId } from '../../ids';
import type { Files } from '../files';

/** The cases every adapter must pass. */
export function filesContract(open: () => Promise<Files>): void {
  let files: Files;
  beforeEach(async () => void (files = await open()));
  afterEach(() => files.close());

  const tenantId = newId();
  const other = newId();
  const options = { name: 'Bericht.csv', contentType: 'text/csv', maxBytes: 10_000_000 };
  const put = (content: Uint8Array | string, tenant = tenantId) =>
    files.put(tenant, Readable.from([Buffer.from(content)]), options);
  const read = async (id: string, range?: { start: number; end?: number }) =>
    (await buffer(await files.read(tenantId, id, range))).toString('latin1');

  it('gives back what was put, with its size, hash and names', async () => {
    const content = randomBytes(3_000_000);
    const chunks = Array.from({ length: 30 }, (_, n) => content.subarray(n * 100_000, (n + 1) * 100_000));
    const saved = await files.put(tenantId, Readable.from(chunks), options);
    expect(isId(saved.id)).toBe(true);
    expect(saved).toMatchObject({ tenantId, name: 'Bericht.csv', contentType: 'text/csv', size: 3_000_000 });
    expect(saved.sha256).toBe(createHash('sha256').update(content).digest('hex'));
    expect(await files.info(tenantId, saved.id)).toEqual(saved);
    expect((await buffer(await files.read(tenantId, saved.id))).equals(content)).toBe(true);
  });

  it('never takes a name for a path', async () => {
    for (const name of ['../../etc/passwd', '/etc/passwd', 'a\u0000b', '..', '', 'x'.repeat(5_000)]) {
      const saved = await files.put(tenantId, Readable.from(['safe']), { ...options, name });
      expect((await files.info(tenantId, saved.id)).name).toBe(name);
      expect(await read(saved.id)).toBe('safe');
    }
    for (const id of ['../x', '..', '', 'x/y', '%2e%2e', `${newId()}/../${newId()}`]) {
      await expect(files.info(tenantId, id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expect(files.read(tenantId, id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expect(files.delete(tenantId, id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
    await expect(put('x', '../elsewhere')).rejects.toThrow('tenant');
  });

  it('does not find a file of another tenant', async () => {
    const { id } = await put('mine');
    await expect(files.info(other, id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(files.read(other, id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(files.delete(other, id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await files.list(other)).toEqual([]);
    expect(await read(id)).toBe('mine');
  });

  it('reads ranges, both ends included', async () => {
    const { id } = await put('0123456789');
    expect(await read(id, { start: 0, end: 0 })).toBe('0');
    expect(await read(id, { start: 3, end: 5 })).toBe('345');
    expect(await read(id, { start: 7 })).toBe('789');
    expect(await read(id, { start: 8, end: 100 })).toBe('89');
    for (const range of [{ start: 10 }, { start: -1 }, { start: 5, end: 4 }, { start: 0.5 }, { start: Number.NaN }]) {
      await expect(files.read(tenantId, id, range)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    }
  });

  it('keeps an empty file', async () => {
    const saved = await files.put(tenantId, Readable.from([]), options);
    expect(saved.size).toBe(0);
    expect(await read(saved.id)).toBe('');
  });

  it('takes as many bytes as allowed and not one more', async () => {
    const exactly = { ...options, maxBytes: 4 };
    await expect(files.put(tenantId, Readable.from(['1234']), exactly)).resolves.toMatchObject({ size: 4 });
    await expect(files.put(tenantId, Readable.from(['12', '345']), exactly)).rejects.toMatchObject({
      code: 'PAYLOAD_TOO_LARGE',
      details: { maxBytes: 4 },
    });
  });

  it('deletes for good', async () => {
    const { id } = await put('gone');
    await files.delete(tenantId, id);
    await expect(files.info(tenantId, id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(files.read(tenantId, id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(files.delete(tenantId, id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('lists in order of creation, page by page', async () => {
    const tenant = newId();
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) ids.push((await put(`file ${n}`, tenant)).id);
    const idsOf = async (after?: string, limit?: number) =>
      (await files.list(tenant, after, limit)).map(({ id }) => id);
    expect(await idsOf()).toEqual(ids);
    expect(await idsOf(undefined, 2)).toEqual(ids.slice(0, 2));
    expect(await idsOf(ids[1], 2)).toEqual(ids.slice(2, 4));
    expect(await idsOf(ids[4])).toEqual([]);
    await files.delete(tenant, ids[2]!);
    expect(await idsOf(ids[1])).toEqual(ids.slice(3));
  });
}
