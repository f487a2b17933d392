import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { UserError } from '../kernel/graphql/shared-types';
import { DatasetFieldInput } from './dataset.inputs';
import { FileFormat, ImportRun } from './import-run.type';

@InputType('ImportDatasetInput')
export class ImportDatasetInput {
  @Field(() => ID)
  fileId!: string;

  @Field({ description: 'An existing dataset of this name gets a new version when the import succeeds.' })
  name!: string;

  @Field(() => String, { nullable: true })
  label?: string | null;

  @Field(() => String, { nullable: true })
  description?: string | null;

  @Field(() => FileFormat, { nullable: true })
  format?: FileFormat | null;

  @Field(() => [DatasetFieldInput], { nullable: true, description: 'Default: those of the dataset, or inferred.' })
  fields?: DatasetFieldInput[] | null;

  @Field(() => String, { nullable: true, description: 'The same key answers the same import.' })
  idempotencyKey?: string | null;
}

@ObjectType('ImportDatasetPayload')
export class ImportDatasetPayload {
  @Field(() => ImportRun, { nullable: true })
  importRun?: ImportRun | null;

  @Field(() => [UserError])
  userErrors!: UserError[];
}

@InputType('CancelImportInput')
export class CancelImportInput {
  @Field(() => ID)
  id!: string;
}

@ObjectType('CancelImportPayload')
export class CancelImportPayload {
  @Field(() => ImportRun, { nullable: true })
  importRun?: ImportRun | null;

  @Field(() => [UserError])
  userErrors!: UserError[];
}
