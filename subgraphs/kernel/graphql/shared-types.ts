import { Directive, Field, Float, ObjectType, registerEnumType } from 'type-graphql';
import { SafeInt } from './scalars';

/** Value types that several subgraphs answer with; the same everywhere, hence `@shareable`. */

@ObjectType({ description: 'Where a page stands in its list.' })
@Directive('@shareable')
export class PageInfo {
  @Field()
  hasNextPage!: boolean;

  @Field()
  hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true })
  startCursor!: string | null;

  @Field(() => String, { nullable: true })
  endCursor!: string | null;
}

@ObjectType({ description: 'An expected failure of a mutation: data, not an exception.' })
@Directive('@shareable')
export class UserError {
  @Field({ description: 'One of the closed list of error codes.' })
  code!: string;

  @Field(() => [String], { nullable: true, description: 'Path of the offending input, outermost first.' })
  field!: string[] | null;

  @Field({ description: 'What is wrong and what to do next.' })
  message!: string;
}

@ObjectType({ description: 'How far a long job has come.' })
@Directive('@shareable')
export class RunProgress {
  @Field()
  stage!: string;

  @Field(() => SafeInt)
  rowsDone!: number;

  @Field(() => SafeInt, { nullable: true })
  rowsTotal!: number | null;

  @Field(() => SafeInt)
  bytesDone!: number;

  @Field(() => SafeInt, { nullable: true })
  bytesTotal!: number | null;

  @Field(() => Float, { nullable: true })
  rowsPerSecond!: number | null;

  @Field(() => Float, { nullable: true })
  secondsLeft!: number | null;

  @Field(() => Float, { nullable: true, description: '0 to 100, when the total is known.' })
  percent!: number | null;
}

export enum CacheStatus {
  HIT = 'HIT',
  MISS = 'MISS',
  BYPASS = 'BYPASS',
}
registerEnumType(CacheStatus, { name: 'CacheStatus' });

@ObjectType({ description: 'What an analytical answer was made from, and what it took.' })
@Directive('@shareable')
export class Receipt {
  @Field(() => Date, { nullable: true, description: 'Time of the newest fact in the data.' })
  freshness!: Date | null;

  @Field(() => Date, { nullable: true, description: 'Everything before this has been seen; null for imported data.' })
  watermark!: Date | null;

  @Field({ description: 'Version of the data the answer was computed from; opaque.' })
  version!: string;

  @Field(() => SafeInt)
  rowsScanned!: number;

  @Field(() => SafeInt)
  bytesScanned!: number;

  @Field(() => Float, { description: 'Milliseconds in the engine.' })
  elapsedMs!: number;

  @Field(() => Float, { description: 'In the unit that billing meters.' })
  cost!: number;

  @Field(() => CacheStatus)
  cache!: CacheStatus;

  @Field(() => [String], { description: 'Ids of the imports behind the data.' })
  imports!: string[];

  @Field(() => [String], { description: 'Policies that were applied.' })
  policies!: string[];

  @Field({ description: 'True when a newer load failed and the last good one serves.' })
  stale!: boolean;
}

/** Type of a dataset's field: data-sources declares it, analytics reads it. */
export enum FieldType {
  STRING = 'STRING',
  INTEGER = 'INTEGER',
  FLOAT = 'FLOAT',
  BOOLEAN = 'BOOLEAN',
  DATE = 'DATE',
  DATETIME = 'DATETIME',
}
registerEnumType(FieldType, { name: 'FieldType' });
