import { Directive, Field, Float, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { FieldType, UserError } from '../../kernel/graphql/shared-types';
import { MetricFilterInput } from '../query/query.types';
import { Aggregation, Derivation, MetricUnit } from './semantic-model';

registerEnumType(Aggregation, {
  name: 'Aggregation',
  description: 'Counts and sums of nothing are 0; the others are null. QUANTILE is exact; SHARE is a fraction of 1.',
});
registerEnumType(Derivation, {
  name: 'Derivation',
  description: 'What a dimension may be made of a time: HOUR 0–23, WEEKDAY 1 (Monday) – 7, MONTH 1–12, DATE; in UTC.',
});

@ObjectType('Dataset')
@Directive('@key(fields: "id")')
export class DatasetExtension {
  @Field(() => ID)
  id!: string;
}

@ObjectType()
@Directive('@key(fields: "id")')
export class Metric {
  @Field(() => ID)
  id!: string;

  @Field()
  name!: string;

  @Field()
  label!: string;

  @Field(() => String, { nullable: true })
  description!: string | null;

  @Field(() => Aggregation)
  aggregation!: Aggregation;

  @Field(() => String, { nullable: true })
  field!: string | null;

  @Field(() => MetricUnit)
  unit!: MetricUnit;

  @Field(() => DatasetExtension)
  dataset!: DatasetExtension;
}

@ObjectType()
export class Dimension {
  @Field()
  name!: string;

  @Field()
  label!: string;

  @Field(() => FieldType)
  type!: FieldType;

  @Field(() => Derivation, { nullable: true, description: 'How it is made of its field; null: it is the field.' })
  derive!: Derivation | null;
}

@ObjectType()
export class DatasetJoin {
  @Field()
  name!: string;

  @Field(() => DatasetExtension)
  dataset!: DatasetExtension;
}

@InputType()
export class DimensionInput {
  @Field()
  name!: string;

  @Field(() => String, { nullable: true })
  label?: string | null;

  @Field()
  field!: string;

  @Field(() => Derivation, { nullable: true })
  derive?: Derivation | null;
}

@InputType()
export class MetricInput {
  @Field()
  name!: string;

  @Field(() => String, { nullable: true })
  label?: string | null;

  @Field(() => String, { nullable: true })
  description?: string | null;

  @Field(() => Aggregation)
  aggregation!: Aggregation;

  @Field(() => String, { nullable: true, description: 'Not for SHARE; COUNT of a field counts its values.' })
  field?: string | null;

  @Field(() => [MetricFilterInput], {
    nullable: true,
    description: 'Only rows that match count; for SHARE: the share of them.',
  })
  filters?: MetricFilterInput[] | null;

  @Field(() => Float, { nullable: true, description: 'For QUANTILE: 0.001 to 0.999.' })
  quantile?: number | null;

  @Field(() => MetricUnit, { nullable: true })
  unit?: MetricUnit | null;
}

@InputType({ description: 'Many rows here belong to one there, where `localField` = `targetField`.' })
export class DatasetJoinInput {
  @Field()
  name!: string;

  @Field(() => ID)
  dataset!: string;

  @Field()
  localField!: string;

  @Field()
  targetField!: string;
}

@InputType()
export class DefineSemanticModelInput {
  @Field(() => ID)
  dataset!: string;

  @Field(() => Int, {
    nullable: true,
    description: 'The version this began from; refused when it is no longer the newest.',
  })
  version?: number | null;

  @Field(() => [DimensionInput], { nullable: true })
  dimensions?: DimensionInput[] | null;

  @Field(() => [MetricInput], { nullable: true })
  metrics?: MetricInput[] | null;

  @Field(() => [DatasetJoinInput], { nullable: true })
  joins?: DatasetJoinInput[] | null;

  @Field(() => String, { nullable: true })
  timeField?: string | null;
}

@ObjectType({ description: 'A tile that a definition leaves without an answer.' })
export class AffectedTile {
  @Field(() => ID)
  tileId!: string;

  @Field(() => ID)
  dashboardId!: string;

  @Field()
  title!: string;

  @Field({ description: 'Why, and what to do.' })
  message!: string;
}

@ObjectType()
export class DefineSemanticModelPayload {
  @Field(() => DatasetExtension, { nullable: true })
  dataset?: DatasetExtension | null;

  @Field(() => Int, { nullable: true, description: 'Version of the new definition.' })
  version?: number | null;

  @Field(() => [AffectedTile], { nullable: true, description: 'What the change broke.' })
  affectedTiles?: AffectedTile[] | null;

  @Field(() => [UserError])
  userErrors!: UserError[];
}
