import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { Receipt } from '../../kernel/graphql/shared-types';
import { MetricRow, ResultColumn } from '../query/query.types';
import { LiveEventKind } from './live-event';

registerEnumType(LiveEventKind, {
  name: 'LiveEventKind',
  description:
    'RESET: forget what you hold, all rows are inside. DELTA: remove keys, replace or append rows, then sort.',
});

@ObjectType()
export class LiveMetricEvent {
  @Field(() => LiveEventKind)
  kind!: LiveEventKind;

  @Field(() => [ResultColumn], { nullable: true, description: 'With a snapshot; they stay until the next one.' })
  columns!: readonly ResultColumn[] | null;

  @Field(() => [MetricRow])
  rows!: readonly MetricRow[];

  @Field(() => [ID])
  removed!: readonly string[];

  @Field(() => [ID], { nullable: true, description: 'All keys in their new order, when it is not the order you have.' })
  order!: readonly string[] | null;

  @Field({ description: 'There are more rows than the limit.' })
  truncated!: boolean;

  @Field({ description: 'Give it back as `resume` to go on after this event.' })
  resumeToken!: string;

  @Field(() => Receipt)
  receipt!: Receipt;
}

@ObjectType()
export class TileError {
  @Field({ description: 'One of the closed list of error codes.' })
  code!: string;

  @Field({ description: 'What is wrong and what to do next.' })
  message!: string;
}

@ObjectType({ description: 'Something new about one tile: an event, or why there is none.' })
export class LiveDashboardEvent {
  @Field(() => ID)
  tileId!: string;

  @Field(() => LiveMetricEvent, { nullable: true })
  event!: LiveMetricEvent | null;

  @Field(() => TileError, { nullable: true })
  error!: TileError | null;

  @Field({ description: 'Covers all tiles: give it back as `resume` to go on after this event.' })
  resumeToken!: string;
}
