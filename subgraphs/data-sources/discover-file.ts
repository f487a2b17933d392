import { z } from 'zod';
import { DomainError } from '../kernel/errors';
import { defineFreeVerb } from '../kernel/verb';
import { getUploadInTenant } from './find-upload';
import { FILE_FORMATS } from './formats/detect-format';
import { assertWidth, discover, type Discovery } from './formats/discover';
import { ImportFailure } from './formats/import-failure';
import { openSource } from './run/open-source';

/** Looks into an uploaded file: the schema it suggests, its first rows, and how many there are when that is known. Changes nothing. */
export const discoverFile = defineFreeVerb({
  name: 'data-sources.discoverFile',
  access: 'write:data',
  input: z.object({ fileId: z.string(), format: z.enum(FILE_FORMATS).nullish() }),
  async run(ctx, { fileId, format }): Promise<Discovery> {
    const upload = await ctx.stores.database.withTenant(ctx, (tx) =>
      getUploadInTenant({ tx, tenantId: ctx.tenantId }, fileId),
    );
    try {
      const source = await openSource(ctx.stores, ctx.tenantId, { kind: 'upload', fileId: upload.fileId });
      const discovery = await discover(source, format ?? upload.format);
      assertWidth(discovery);
      return discovery;
    } catch (error) {
      if (!(error instanceof ImportFailure)) throw error;
      const code = error.code === 'FILE_GONE' ? 'NOT_FOUND' : 'UNSUPPORTED_FORMAT';
      throw new DomainError(code, error.message, { field: ['fileId'], reason: error.code }, { cause: error });
    }
  },
});
