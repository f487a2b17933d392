import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { FieldType, UserError } from '../kernel/graphql/shared-types';
import { Dataset } from './dataset.type';

@InputType('DatasetFieldInput')
export class DatasetFieldInput {
  @Field()
  name!: string;

  @Field(() => FieldType)
  type!: FieldType;

  @Field(() => Boolean, { nullable: true, defaultValue: true })
  nullable?: boolean | null;

  @Field(() => String, { nullable: true })
  description?: string | null;

  @Field(() => String, { nullable: true, description: 'The column in the file; default: the name.' })
  source?: string | null;
}

@InputType('CreateEventDatasetInput')
export class CreateEventDatasetInput {
  @Field()
  name!: string;

  @Field(() => String, { nullable: true })
  label?: string | null;

  @Field(() => String, { nullable: true })
  description?: string | null;

  @Field(() => [DatasetFieldInput])
  fields!: DatasetFieldInput[];
}

@InputType('UpdateDatasetInput')
export class UpdateDatasetInput {
  @Field(() => ID)
  id!: string;

  @Field(() => String, { nullable: true })
  label?: string | null;

  @Field(() => String, { nullable: true })
  description?: string | null;

  @Field(() => [DatasetFieldInput], { nullable: true, description: 'Of an event dataset only.' })
  fields?: DatasetFieldInput[] | null;

  @Field(() => Int, { nullable: true, description: 'Refuses the change if the dataset has another version by now.' })
  expectedVersion?: number | null;
}

@InputType('DeleteDatasetInput')
export class DeleteDatasetInput {
  @Field(() => ID)
  id!: string;
}

@ObjectType('CreateEventDatasetPayload')
export class CreateEventDatasetPayload {
  @Field(() => Dataset, { nullable: true })
  dataset?: Dataset | null;

  @Field(() => [UserError])
  userErrors!: UserError[];
}

@ObjectType('UpdateDatasetPayload')
export class UpdateDatasetPayload {
  @Field(() => Dataset, { nullable: true })
  dataset?: Dataset | null;

  @Field(() => [UserError])
  userErrors!: UserError[];
}

@ObjectType('DeleteDatasetPayload')
export class DeleteDatasetPayload {
  @Field(() => Dataset, { nullable: true, description: 'As it was.' })
  dataset?: Dataset | null;

  @Field(() => [UserError])
  userErrors!: UserError[];
}
