import { Field, InputType, Int, ObjectType } from 'type-graphql';
import { Json } from '../../kernel/graphql/scalars';
import { UserError } from '../../kernel/graphql/shared-types';

@InputType({ description: 'An event as a client sends it.' })
export class EventInput {
  @Field(() => String, {
    nullable: true,
    description: 'Your own id: a repetition within 24 hours is not counted again.',
  })
  id?: string | null;

  @Field(() => String)
  name!: string;

  @Field(() => Date, { nullable: true, description: 'When it happened; default: now.' })
  time?: Date | null;

  @Field(() => String, { nullable: true, description: 'Name of the dataset, if not the one of the call.' })
  dataset?: string | null;

  @Field(() => Json, { nullable: true, description: 'Values of the fields that the dataset declares.' })
  properties?: unknown;
}

@InputType()
export class IngestEventsInput {
  @Field(() => String, { nullable: true, description: 'Name of the event dataset for events that name none.' })
  dataset?: string | null;

  @Field(() => [EventInput], { description: 'At most 10,000.' })
  events!: EventInput[];
}

@ObjectType({ description: 'Why one event was not taken.' })
export class EventError {
  @Field(() => Int, { description: 'Its place in the call, from 0.' })
  index!: number;

  @Field(() => String)
  code!: string;

  @Field(() => String)
  message!: string;
}

@ObjectType()
export class IngestEventsPayload {
  @Field(() => Int, { description: 'Durable now; queries see them a moment later.' })
  accepted!: number;

  @Field(() => Int, { description: 'Ids that came before.' })
  duplicates!: number;

  @Field(() => [EventError])
  errors!: EventError[];

  @Field(() => [UserError])
  userErrors!: UserError[];
}
