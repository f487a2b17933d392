import { z } from 'zod';
import { DomainError } from '../kernel/errors';
import { newId } from '../kernel/ids';
import { defineVerb } from '../kernel/verb';
import { userIdOf } from './actor';
import { DatasetRow } from './dataset.entity';
import { emitPublished } from './events';
import { datasetDescription, datasetLabel, datasetName, fieldsInput } from './fields';

/** Declares a dataset that events feed. Its rows live in the shared events table, so there is no table of its own. */
export const createEventDataset = defineVerb({
  name: 'data-sources.createEventDataset',
  access: 'write:data',
  input: z.object({
    name: datasetName,
    label: datasetLabel.nullish(),
    description: datasetDescription.nullish(),
    fields: fieldsInput,
  }),
  async run(ctx, input) {
    const repository = ctx.tx.getRepository(DatasetRow);
    if (await repository.findOneBy({ tenantId: ctx.tenantId, name: input.name })) throw nameTaken(input.name);
    const now = ctx.clock.now();
    const dataset = repository.create({
      tenantId: ctx.tenantId,
      id: newId(),
      name: input.name,
      label: input.label ?? input.name,
      description: input.description ?? null,
      kind: 'EVENTS',
      fields: input.fields,
      rowCount: null,
      version: 1,
      tableName: null,
      tableCounter: 0,
      publishedImportId: null,
      createdBy: userIdOf(ctx.actor),
      createdAt: now,
      updatedAt: now,
    });
    try {
      await repository.insert(dataset);
    } catch (error) {
      throw (error as { code?: string }).code === UNIQUE_VIOLATION ? nameTaken(input.name) : error;
    }
    await emitPublished(ctx.tx, dataset, now);
    return dataset;
  },
  audit: (input, dataset) => ({
    resource: { type: 'dataset', id: dataset.id },
    details: { name: input.name, kind: 'EVENTS', fields: input.fields.length },
  }),
});

export const UNIQUE_VIOLATION = '23505';

const nameTaken = (name: string): DomainError =>
  new DomainError('CONFLICT', `There is a dataset "${name}" already. Choose another name.`, { field: ['name'] });
