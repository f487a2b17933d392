import { Arg, Ctx as Context, Directive, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { Ctx } from '../kernel/context';
import { payload } from '../kernel/graphql/payload';
import { createEventDataset } from './create-event-dataset';
import {
  CreateEventDatasetInput,
  CreateEventDatasetPayload,
  DeleteDatasetInput,
  DeleteDatasetPayload,
  UpdateDatasetInput,
  UpdateDatasetPayload,
} from './dataset.inputs';
import { Dataset, DatasetConnection, toDataset } from './dataset.type';
import { deleteDataset } from './delete-dataset';
import { DATASET_READERS, getDatasetByName, loadDataset } from './get-dataset';
import { loadLastImport } from './get-import-run';
import { ImportRun, ImportRunConnection, toImportRun } from './import-run.type';
import { listDatasets } from './list-datasets';
import { listImports } from './list-imports';
import { mapConnection } from './map-connection';
import { updateDataset } from './update-dataset';

const READERS = `@requiresScopes(scopes: [${DATASET_READERS.map((scope) => `["${scope}"]`).join(', ')}])`;
const READ_DATA = '@requiresScopes(scopes: [["read:data"]])';
const WRITE_DATA = '@requiresScopes(scopes: [["write:data"]])';

@Resolver(() => Dataset)
export class DatasetResolver {
  @Query(() => Dataset, { nullable: true })
  @Directive(READERS)
  async dataset(@Arg('id', () => ID) id: string, @Context() ctx: Ctx): Promise<Dataset | null> {
    const row = await loadDataset(ctx, id);
    return row && toDataset(row);
  }

  @Query(() => Dataset, { nullable: true })
  @Directive(READERS)
  async datasetByName(@Arg('name', () => String) name: string, @Context() ctx: Ctx): Promise<Dataset | null> {
    const row = await getDatasetByName(ctx, { name });
    return row && toDataset(row);
  }

  @Query(() => DatasetConnection)
  @Directive(READERS)
  @Directive('@listSize(slicingArguments: ["first"], sizedFields: ["edges"], requireOneSlicingArgument: false)')
  async datasets(
    @Arg('first', () => Int, { nullable: true, defaultValue: 50 }) first: number,
    @Arg('after', () => String, { nullable: true }) after: string | null,
    @Context() ctx: Ctx,
  ): Promise<DatasetConnection> {
    return mapConnection(await listDatasets(ctx, { first, after }), toDataset);
  }

  @Mutation(() => CreateEventDatasetPayload)
  @Directive(WRITE_DATA)
  createEventDataset(@Arg('input', () => CreateEventDatasetInput) input: CreateEventDatasetInput, @Context() ctx: Ctx) {
    return payload(createEventDataset(ctx, input), (row) => ({ dataset: toDataset(row) }));
  }

  @Mutation(() => UpdateDatasetPayload)
  @Directive(WRITE_DATA)
  updateDataset(@Arg('input', () => UpdateDatasetInput) input: UpdateDatasetInput, @Context() ctx: Ctx) {
    return payload(updateDataset(ctx, input), (row) => ({ dataset: toDataset(row) }));
  }

  @Mutation(() => DeleteDatasetPayload)
  @Directive(WRITE_DATA)
  deleteDataset(@Arg('input', () => DeleteDatasetInput) input: DeleteDatasetInput, @Context() ctx: Ctx) {
    return payload(deleteDataset(ctx, input), (row) => ({ dataset: toDataset(row) }));
  }

  @FieldResolver(() => ImportRun, { nullable: true, description: 'The newest import, however it ended.' })
  @Directive(READ_DATA)
  async lastImport(@Root() dataset: Dataset, @Context() ctx: Ctx): Promise<ImportRun | null> {
    const row = await loadLastImport(ctx, dataset.id);
    return row && toImportRun(row);
  }

  // Nullable: who may see the dataset but not its imports still gets the dataset.
  @FieldResolver(() => ImportRunConnection, { nullable: true, description: 'Newest first.' })
  @Directive(READ_DATA)
  @Directive('@listSize(slicingArguments: ["first"], sizedFields: ["edges"], requireOneSlicingArgument: false)')
  async imports(
    @Root() dataset: Dataset,
    @Arg('first', () => Int, { nullable: true, defaultValue: 20 }) first: number,
    @Arg('after', () => String, { nullable: true }) after: string | null,
    @Context() ctx: Ctx,
  ): Promise<ImportRunConnection> {
    return mapConnection(await listImports(ctx, { datasetId: dataset.id, first, after }), toImportRun);
  }
}
