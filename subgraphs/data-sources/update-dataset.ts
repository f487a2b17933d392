import { z } from 'zod';
import { DomainError } from '../kernel/errors';
import { defineVerb } from '../kernel/verb';
import { DatasetRow } from './dataset.entity';
import { emitPublished } from './events';
import { datasetDescription, datasetLabel, fieldsInput } from './fields';
import { getDatasetInTenant } from './find-dataset';

/** Changes what a dataset is called and says; the fields of an event dataset too. The fields of a table change by an import. */
export const updateDataset = defineVerb({
  name: 'data-sources.updateDataset',
  access: 'write:data',
  input: z.object({
    id: z.string(),
    label: datasetLabel.nullish(),
    description: datasetDescription.nullish(),
    fields: fieldsInput.nullish(),
    /** Refuses the change when somebody else changed the dataset in between. */
    expectedVersion: z.number().int().nullish(),
  }),
  async run(ctx, input) {
    const dataset = await getDatasetInTenant(ctx, input.id, { lock: true });
    if (input.expectedVersion != null && input.expectedVersion !== dataset.version) {
      throw new DomainError(
        'VERSION_CONFLICT',
        `The dataset is at version ${dataset.version} by now, not ${input.expectedVersion}. Load it again and repeat the change.`,
        { field: ['expectedVersion'] },
      );
    }
    if (input.fields && dataset.kind === 'TABLE') {
      throw new DomainError(
        'INVALID_INPUT',
        'The fields of this dataset come from its file: import it again with new fields.',
        {
          field: ['fields'],
        },
      );
    }
    dataset.label = input.label ?? dataset.label;
    if (input.description !== undefined) dataset.description = input.description;
    dataset.fields = input.fields ?? dataset.fields;
    dataset.updatedAt = ctx.clock.now();
    // A table that was never loaded has nothing to publish yet.
    const published = dataset.kind === 'EVENTS' || dataset.tableName !== null;
    if (published) dataset.version++;
    await ctx.tx.getRepository(DatasetRow).save(dataset);
    if (published) await emitPublished(ctx.tx, dataset, dataset.updatedAt);
    return dataset;
  },
  audit: ({ id, expectedVersion: _expected, ...changes }) => ({
    resource: { type: 'dataset', id },
    details: { changed: Object.entries(changes).flatMap(([name, value]) => (value === undefined ? [] : [name])) },
  }),
});
