import { Directive, Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { SafeInt } from '../kernel/graphql/scalars';
import { FieldType, PageInfo } from '../kernel/graphql/shared-types';
import type { DatasetRow } from './dataset.entity';
import { User } from './user.type';

export enum DatasetKind {
  TABLE = 'TABLE',
  EVENTS = 'EVENTS',
}
registerEnumType(DatasetKind, {
  name: 'DatasetKind',
  description: 'TABLE: loaded from files. EVENTS: fed by ingestion.',
});

@ObjectType('DatasetField', { description: 'One typed column of a dataset.' })
export class DatasetField {
  @Field()
  name!: string;

  @Field(() => FieldType)
  type!: FieldType;

  @Field()
  nullable!: boolean;

  @Field(() => String, { nullable: true })
  description!: string | null;

  @Field(() => String, { nullable: true, description: 'The column of the file it is loaded from.' })
  source!: string | null;
}

@ObjectType('Dataset', { description: 'Typed data that metrics and dashboards are made of.' })
@Directive('@key(fields: "id")')
export class Dataset {
  @Field(() => ID)
  id!: string;

  @Field({ description: 'What queries call it; unique in the workspace.' })
  name!: string;

  @Field()
  label!: string;

  @Field(() => String, { nullable: true })
  description!: string | null;

  @Field(() => DatasetKind)
  kind!: DatasetKind;

  @Field(() => [DatasetField], { description: 'Empty until the first import has succeeded.' })
  fields!: DatasetField[];

  @Field(() => SafeInt, {
    nullable: true,
    description: 'Rows of the published table; null for events and before the first import.',
  })
  rowCount!: number | null;

  @Field(() => Int, { description: 'Grows with each publication; 0 before the first.' })
  version!: number;

  @Field()
  createdAt!: Date;

  @Field()
  updatedAt!: Date;

  @Field(() => User, { nullable: true })
  createdBy!: User | null;
}

@ObjectType('DatasetEdge')
export class DatasetEdge {
  @Field()
  cursor!: string;

  @Field(() => Dataset)
  node!: Dataset;
}

@ObjectType('DatasetConnection')
export class DatasetConnection {
  @Field(() => [DatasetEdge])
  edges!: DatasetEdge[];

  @Field(() => PageInfo)
  pageInfo!: PageInfo;
}

export const toDataset = (row: DatasetRow): Dataset => ({
  id: row.id,
  name: row.name,
  label: row.label,
  description: row.description,
  kind: DatasetKind[row.kind],
  fields: row.fields,
  rowCount: row.rowCount,
  version: row.version,
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
  createdBy: row.createdBy === null ? null : { id: row.createdBy },
});
