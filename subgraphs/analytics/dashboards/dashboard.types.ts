import { Directive, Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Duration, Json } from '../../kernel/graphql/scalars';
import { PageInfo, UserError } from '../../kernel/graphql/shared-types';
import { DatasetExtension } from '../model/model.types';
import { FilterOp } from '../query/filters';
import { TimeGrain } from '../query/plan';
import { TileKind } from './dashboard.inputs';

registerEnumType(TileKind, { name: 'TileKind' });

@ObjectType('User')
@Directive('@key(fields: "id", resolvable: false)')
export class UserStub {
  @Field(() => ID)
  id!: string;
}

@ObjectType()
export class MetricFilter {
  @Field()
  field!: string;

  @Field(() => FilterOp)
  op!: FilterOp;

  @Field(() => [Json], { nullable: 'items' })
  values!: unknown[];
}

@ObjectType()
export class TimeRange {
  @Field(() => Date, { nullable: true })
  from!: Date | null;

  @Field(() => Date, { nullable: true })
  to!: Date | null;

  @Field(() => Duration, { nullable: true })
  last!: string | null;
}

@ObjectType()
export class MetricOrder {
  @Field()
  field!: string;

  @Field()
  descending!: boolean;
}

@ObjectType({ description: 'The stored query of a tile: what `metricQuery` takes.' })
export class TileQuery {
  @Field(() => ID)
  dataset!: string;

  @Field(() => [String])
  measures!: string[];

  @Field(() => [String])
  dimensions!: string[];

  @Field(() => [MetricFilter])
  filters!: MetricFilter[];

  @Field(() => TimeRange, { nullable: true })
  timeRange!: TimeRange | null;

  @Field(() => TimeGrain, { nullable: true })
  grain!: TimeGrain | null;

  @Field(() => [MetricOrder])
  orderBy!: MetricOrder[];

  @Field(() => Int)
  limit!: number;
}

@ObjectType('TileLayout', { description: 'A place on a grid of twelve columns, in cells.' })
export class TileLayoutType {
  @Field(() => Int)
  x!: number;

  @Field(() => Int)
  y!: number;

  @Field(() => Int)
  w!: number;

  @Field(() => Int)
  h!: number;
}

@ObjectType()
@Directive('@key(fields: "id")')
export class Tile {
  @Field(() => ID)
  id!: string;

  @Field()
  title!: string;

  @Field(() => TileKind)
  kind!: TileKind;

  @Field(() => DatasetExtension, { nullable: true })
  dataset!: DatasetExtension | null;

  @Field(() => TileQuery)
  query!: TileQuery;

  @Field(() => TileLayoutType)
  layout!: TileLayoutType;

  @Field(() => Json)
  options!: Record<string, unknown>;
}

@ObjectType()
@Directive('@key(fields: "id")')
export class Dashboard {
  @Field(() => ID)
  id!: string;

  @Field()
  name!: string;

  @Field(() => String, { nullable: true })
  description!: string | null;

  @Field(() => UserStub, { nullable: true })
  owner!: UserStub | null;

  @Field()
  createdAt!: Date;

  @Field()
  updatedAt!: Date;

  @Field(() => Int, { description: 'Grows with every change of the dashboard or one of its tiles.' })
  version!: number;
}

@ObjectType()
export class DashboardEdge {
  @Field()
  cursor!: string;

  @Field(() => Dashboard)
  node!: Dashboard;
}

@ObjectType()
export class DashboardConnection {
  @Field(() => [DashboardEdge])
  edges!: DashboardEdge[];

  @Field(() => PageInfo)
  pageInfo!: PageInfo;
}

@ObjectType()
export class DashboardPayload {
  @Field(() => Dashboard, { nullable: true })
  dashboard?: Dashboard | null;

  @Field(() => [UserError])
  userErrors!: UserError[];
}

@ObjectType()
export class DeleteDashboardPayload {
  @Field(() => ID, { nullable: true, description: 'Id of the dashboard that is gone.' })
  id?: string | null;

  @Field(() => [UserError])
  userErrors!: UserError[];
}

@ObjectType()
export class TilePayload {
  @Field(() => Tile, { nullable: true })
  tile?: Tile | null;

  @Field(() => Dashboard, { nullable: true, description: 'With its new version.' })
  dashboard?: Dashboard | null;

  @Field(() => [UserError])
  userErrors!: UserError[];
}
