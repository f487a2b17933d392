import {
  Arg,
  Ctx as Context,
  Directive,
  FieldResolver,
  ID,
  Int,
  Mutation,
  Query,
  Resolver,
  Root,
  Subscription,
} from 'type-graphql';
import type { Ctx } from '../kernel/context';
import { payload } from '../kernel/graphql/payload';
import { cancelImport } from './cancel-import';
import { Dataset, toDataset } from './dataset.type';
import { discoverFile } from './discover-file';
import { FileDiscovery, toFileDiscovery } from './discovery.type';
import { loadDataset } from './get-dataset';
import { loadImportRun } from './get-import-run';
import { importDataset } from './import-dataset';
import type { ImportRunRow } from './import-run.entity';
import { CancelImportInput, CancelImportPayload, ImportDatasetInput, ImportDatasetPayload } from './import-run.inputs';
import { FileFormat, ImportRun, RejectionConnection, toImportRun } from './import-run.type';
import { listRejections } from './list-rejections';
import { mapConnection } from './map-connection';
import { watchImport } from './watch-import';

const READ_DATA = '@requiresScopes(scopes: [["read:data"]])';
const WRITE_DATA = '@requiresScopes(scopes: [["write:data"]])';

@Resolver(() => ImportRun)
export class ImportRunResolver {
  @Query(() => ImportRun, { nullable: true })
  @Directive(READ_DATA)
  async importRun(@Arg('id', () => ID) id: string, @Context() ctx: Ctx): Promise<ImportRun | null> {
    const row = await loadImportRun(ctx, id);
    return row && toImportRun(row);
  }

  @Query(() => FileDiscovery)
  @Directive(WRITE_DATA)
  async discoverFile(
    @Arg('fileId', () => ID) fileId: string,
    @Arg('format', () => FileFormat, { nullable: true }) format: FileFormat | null,
    @Context() ctx: Ctx,
  ): Promise<FileDiscovery> {
    return toFileDiscovery(await discoverFile(ctx, { fileId, format }));
  }

  @Mutation(() => ImportDatasetPayload)
  @Directive(WRITE_DATA)
  importDataset(@Arg('input', () => ImportDatasetInput) input: ImportDatasetInput, @Context() ctx: Ctx) {
    return payload(importDataset(ctx, input), (row) => ({ importRun: toImportRun(row) }));
  }

  @Mutation(() => CancelImportPayload)
  @Directive(WRITE_DATA)
  cancelImport(@Arg('input', () => CancelImportInput) input: CancelImportInput, @Context() ctx: Ctx) {
    return payload(cancelImport(ctx, input), (row) => ({ importRun: toImportRun(row) }));
  }

  @Subscription(() => ImportRun, {
    description: 'The import now, then after each change; completes when it ends.',
    subscribe: ({ args, context }) => watchImport(context as Ctx, (args as { id: string }).id),
  })
  @Directive(READ_DATA)
  importProgress(@Root() row: ImportRunRow, @Arg('id', () => ID) _id: string): ImportRun {
    return toImportRun(row);
  }

  @FieldResolver(() => Dataset, { nullable: true })
  async dataset(@Root() run: ImportRun, @Context() ctx: Ctx): Promise<Dataset | null> {
    const row = await loadDataset(ctx, run.datasetId);
    return row && toDataset(row);
  }

  @FieldResolver(() => RejectionConnection, { description: 'In the order of the file.' })
  @Directive('@listSize(slicingArguments: ["first"], sizedFields: ["edges"], requireOneSlicingArgument: false)')
  async rejections(
    @Root() run: ImportRun,
    @Arg('first', () => Int, { nullable: true, defaultValue: 20 }) first: number,
    @Arg('after', () => String, { nullable: true }) after: string | null,
    @Context() ctx: Ctx,
  ): Promise<RejectionConnection> {
    return mapConnection(await listRejections(ctx, { runId: run.id, first, after }), (row) => row);
  }
}
