import { Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Duration, Json } from '../../kernel/graphql/scalars';
import { FieldType, Receipt as ReceiptType } from '../../kernel/graphql/shared-types';
import { Derivation, MetricUnit } from '../model/semantic-model';
import { ColumnRole, type Cell } from './answer';
import { FilterOp } from './filters';
import { TimeGrain } from './plan';

registerEnumType(FilterOp, {
  name: 'FilterOp',
  description: 'NE and NOT_IN also hold where there is no value. CONTAINS does not care about case.',
});
registerEnumType(TimeGrain, { name: 'TimeGrain', description: 'Intervals of UTC; weeks begin on Monday.' });
registerEnumType(ColumnRole, { name: 'ColumnRole' });
registerEnumType(MetricUnit, {
  name: 'MetricUnit',
  description: 'How to show the number. PERCENT: the value is a fraction of 1.',
});

@InputType()
export class MetricFilterInput {
  @Field({ description: 'A dimension or a field; of a joined dataset: "origin.state".' })
  field!: string;

  @Field(() => FilterOp)
  op!: FilterOp;

  @Field(() => [Json], { nullable: 'items' })
  values!: unknown[];
}

@InputType({ description: 'From (inclusive) to (exclusive), or the last so-and-so long up to now.' })
export class TimeRangeInput {
  @Field(() => Date, { nullable: true })
  from?: Date | null;

  @Field(() => Date, { nullable: true })
  to?: Date | null;

  @Field(() => Duration, { nullable: true, description: 'Moves in steps of at most a sixtieth of its length.' })
  last?: string | null;
}

@InputType()
export class MetricOrderInput {
  @Field({ description: 'A column of the answer: "time", a dimension or a measure.' })
  field!: string;

  @Field(() => Boolean, { defaultValue: false })
  descending!: boolean;
}

@InputType()
export class MetricQueryInput {
  @Field(() => ID, { description: "The dataset's id." })
  dataset!: string;

  @Field(() => [String])
  measures!: string[];

  @Field(() => [String], { defaultValue: [], description: 'Names; of a joined dataset: "origin.state".' })
  dimensions!: string[];

  @Field(() => [MetricFilterInput], { defaultValue: [] })
  filters!: MetricFilterInput[];

  @Field(() => TimeRangeInput, { nullable: true })
  timeRange?: TimeRangeInput | null;

  @Field(() => TimeGrain, { nullable: true, description: 'With a grain the first column is "time".' })
  grain?: TimeGrain | null;

  @Field(() => [MetricOrderInput], { defaultValue: [] })
  orderBy!: MetricOrderInput[];

  @Field(() => Int, { defaultValue: 1_000, description: '1 to 10,000.' })
  limit!: number;
}

@ObjectType()
export class ResultColumn {
  @Field()
  name!: string;

  @Field()
  label!: string;

  @Field(() => ColumnRole)
  role!: ColumnRole;

  @Field(() => FieldType)
  type!: FieldType;

  @Field(() => MetricUnit, { nullable: true })
  unit!: MetricUnit | null;

  @Field(() => Derivation, {
    nullable: true,
    description: 'How a dimension is made of its field; null: it is the field.',
  })
  derive!: Derivation | null;
}

@ObjectType()
export class MetricRow {
  @Field(() => ID, { description: 'Identifies the row in every answer to the same query.' })
  key!: string;

  @Field(() => [Json], { nullable: 'items', description: 'In the order of the columns.' })
  values!: Cell[];
}

@ObjectType()
export class MetricResult {
  @Field(() => [ResultColumn])
  columns!: ResultColumn[];

  @Field(() => [MetricRow])
  rows!: MetricRow[];

  @Field({ description: 'There are more rows than the limit.' })
  truncated!: boolean;

  @Field(() => ReceiptType)
  receipt!: ReceiptType;
}
