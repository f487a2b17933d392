import { Field, ID, InputType, Int } from 'type-graphql';
import { Json } from '../../kernel/graphql/scalars';
import { MetricQueryInput } from '../query/query.types';
import { TileKind } from './dashboard.inputs';

@InputType({ description: 'A place on a grid of twelve columns, in cells.' })
export class TileLayoutInput {
  @Field(() => Int)
  x!: number;

  @Field(() => Int)
  y!: number;

  @Field(() => Int)
  w!: number;

  @Field(() => Int)
  h!: number;
}

@InputType()
export class TilePlacementInput {
  @Field(() => ID)
  tileId!: string;

  @Field(() => TileLayoutInput)
  layout!: TileLayoutInput;
}

@InputType()
export class CreateDashboardInput {
  @Field()
  name!: string;

  @Field(() => String, { nullable: true })
  description?: string | null;
}

@InputType({ description: 'What is left out stays as it is.' })
export class UpdateDashboardInput {
  @Field(() => ID)
  id!: string;

  @Field(() => Int, { description: 'The version you saw; the change is refused when there is a newer one.' })
  version!: number;

  @Field(() => String, { nullable: true })
  name?: string | null;

  @Field(() => String, { nullable: true })
  description?: string | null;

  @Field(() => [TilePlacementInput], { nullable: true, description: 'New places of tiles, all at once.' })
  layout?: TilePlacementInput[] | null;
}

@InputType()
export class DeleteDashboardInput {
  @Field(() => ID)
  id!: string;

  @Field(() => Int, { description: 'The version you saw; the change is refused when there is a newer one.' })
  version!: number;
}

@InputType()
export class AddTileInput {
  @Field(() => ID)
  dashboardId!: string;

  @Field(() => Int, { nullable: true, description: "The dashboard's version you saw, if it matters." })
  version?: number | null;

  @Field()
  title!: string;

  @Field(() => TileKind)
  kind!: TileKind;

  @Field(() => MetricQueryInput)
  query!: MetricQueryInput;

  @Field(() => TileLayoutInput, { nullable: true, description: 'Below all others when left out.' })
  layout?: TileLayoutInput | null;

  @Field(() => Json, { nullable: true, description: 'An object: how to draw it; kept as it is.' })
  options?: Record<string, unknown> | null;
}

@InputType({ description: 'What is left out stays as it is.' })
export class UpdateTileInput {
  @Field(() => ID)
  id!: string;

  @Field(() => Int, { nullable: true, description: "The dashboard's version you saw, if it matters." })
  version?: number | null;

  @Field(() => String, { nullable: true })
  title?: string | null;

  @Field(() => TileKind, { nullable: true })
  kind?: TileKind | null;

  @Field(() => MetricQueryInput, { nullable: true })
  query?: MetricQueryInput | null;

  @Field(() => TileLayoutInput, { nullable: true })
  layout?: TileLayoutInput | null;

  @Field(() => Json, { nullable: true })
  options?: Record<string, unknown> | null;
}

@InputType()
export class RemoveTileInput {
  @Field(() => ID)
  id!: string;

  @Field(() => Int, { nullable: true, description: "The dashboard's version you saw, if it matters." })
  version?: number | null;
}
