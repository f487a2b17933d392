import type { Readable } from 'node:stream';
import { z } from 'zod';
import { recordAudit } from '../kernel/audit';
import type { TenantCtx } from '../kernel/context';
import { DomainError } from '../kernel/errors';
import { restSuccess } from '../kernel/execute';
import type { SubgraphRoute } from '../kernel/subgraph';
import { defineFreeVerb, parseInput } from '../kernel/verb';
import { userIdOf } from './actor';
import { detectFormat, formatByName, MAX_UPLOAD_BYTES, type FormatName } from './formats/detect-format';
import { peek } from './peek';
import { UploadRow } from './upload.entity';

export const MAX_KEPT_BYTES = 5 * 1024 ** 3;
const HEAD_BYTES = 64 * 1024;
const CONTENT_TYPES: Readonly<Record<FormatName, string>> = {
  CSV: 'text/csv',
  JSON: 'application/json',
  NDJSON: 'application/x-ndjson',
  PARQUET: 'application/vnd.apache.parquet',
};

const query = z.object({
  name: z
    .string({ error: 'say the file’s name: POST /upload?name=flights.csv' })
    .trim()
    .min(1, 'say the file’s name')
    .max(200, 'at most 200 characters')
    // The name is shown and logged, never a path.
    .regex(/^[^/\\\p{Cc}]+$/u, 'a plain file name, without a path'),
});

const upload = z.object({
  name: query.shape.name,
  body: z.custom<Readable>((value) => typeof (value as Readable | null)?.pipe === 'function'),
});

/**
 * Takes a file of a tenant as a stream. The format is told by the first bytes and the name, its limit holds from the first byte on.
 * A refused file (UNSUPPORTED_FORMAT, PAYLOAD_TOO_LARGE) leaves nothing behind.
 */
export const uploadFile = defineFreeVerb({
  name: 'data-sources.uploadFile',
  access: 'write:data',
  input: upload,
  async run(ctx, { name, body }) {
    await assertRoom(ctx);
    const { head, all } = await peek(body, HEAD_BYTES);
    if (head.length === 0)
      throw new DomainError('INVALID_INPUT', 'The file is empty. Send its bytes as the body.', { field: ['body'] });
    const format = detectFormat(name, head);
    const file = await ctx.stores.files.put(ctx.tenantId, all, {
      name,
      contentType: CONTENT_TYPES[format],
      maxBytes: MAX_UPLOAD_BYTES[format],
      signal: ctx.signal,
    });
    try {
      await ctx.stores.database.withTenant(ctx, async (tx) => {
        await tx.getRepository(UploadRow).insert({
          tenantId: ctx.tenantId,
          fileId: file.id,
          name,
          format,
          size: file.size,
          createdBy: userIdOf(ctx.actor),
          createdAt: ctx.clock.now(),
        });
        await recordAudit(tx, ctx, ctx.tenantId, 'data-sources.uploadFile', {
          resource: { type: 'file', id: file.id },
          details: { name, size: file.size, sha256: file.sha256 },
        });
      });
    } catch (error) {
      await ctx.stores.files.delete(ctx.tenantId, file.id);
      throw error;
    }
    return { fileId: file.id, size: file.size, name, format };
  },
});

export const uploadRoute: SubgraphRoute = {
  method: 'POST',
  path: '/upload',
  maxBytes: Math.max(...Object.values(MAX_UPLOAD_BYTES)),
  async handle(ctx, request) {
    const { name } = parseInput(query, request.query);
    refuseEarly(name, request.headers['content-length']);
    try {
      return restSuccess(ctx, await uploadFile(ctx, { name, body: request.body }), 201);
    } catch (error) {
      request.body.resume(); // what still comes is not kept
      throw error;
    }
  },
};

/** Uploads wait a week at most; until then a tenant may have so much waiting. */
async function assertRoom(ctx: TenantCtx): Promise<void> {
  const [kept] = await ctx.stores.database.withTenant(
    ctx,
    async (tx) =>
      (await tx.query(`select coalesce(sum(size), 0)::float8 as bytes from upload where tenant_id = $1`, [
        ctx.tenantId,
      ])) as {
        bytes: number;
      }[],
  );
  if (kept!.bytes < MAX_KEPT_BYTES) return;
  throw new DomainError(
    'QUOTA_EXCEEDED',
    `The workspace keeps ${MAX_KEPT_BYTES / 1024 ** 3} GB of uploads already. They go a day after their import, a week after their upload.`,
  );
}

/** A length that is announced and too large is refused before a byte is read. */
function refuseEarly(name: string, contentLength: string | undefined): void {
  const limit = MAX_UPLOAD_BYTES[formatByName(name) ?? 'CSV'];
  if (contentLength && Number(contentLength) > limit) {
    throw new DomainError(
      'PAYLOAD_TOO_LARGE',
      `"${name}" is too large: at most ${limit / 1024 / 1024} MB. Split the file.`,
    );
  }
}
