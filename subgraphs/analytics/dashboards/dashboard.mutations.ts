import { Arg, Ctx as Context, Directive, Mutation, Resolver } from 'type-graphql';
import type { Ctx } from '../../kernel/context';
import { payload } from '../../kernel/graphql/payload';
import { addTile } from './add-tile';
import { createDashboard } from './create-dashboard';
import {
  AddTileInput,
  CreateDashboardInput,
  DeleteDashboardInput,
  RemoveTileInput,
  UpdateDashboardInput,
  UpdateTileInput,
} from './dashboard.input-types';
import { DashboardPayload, DeleteDashboardPayload, TilePayload } from './dashboard.types';
import { deleteDashboard } from './delete-dashboard';
import { removeTile } from './remove-tile';
import { toDashboard, toTile } from './to-type';
import { updateDashboard } from './update-dashboard';
import { updateTile } from './update-tile';

const WRITES = '@requiresScopes(scopes: [["write:dashboards"]])';

@Resolver()
export class DashboardMutations {
  @Mutation(() => DashboardPayload)
  @Directive(WRITES)
  createDashboard(@Arg('input', () => CreateDashboardInput) input: CreateDashboardInput, @Context() ctx: Ctx) {
    return payload(createDashboard(ctx, input), (row) => ({ dashboard: toDashboard(row) }));
  }

  @Mutation(() => DashboardPayload)
  @Directive(WRITES)
  updateDashboard(@Arg('input', () => UpdateDashboardInput) input: UpdateDashboardInput, @Context() ctx: Ctx) {
    return payload(updateDashboard(ctx, input), (row) => ({ dashboard: toDashboard(row) }));
  }

  @Mutation(() => DeleteDashboardPayload)
  @Directive(WRITES)
  deleteDashboard(@Arg('input', () => DeleteDashboardInput) input: DeleteDashboardInput, @Context() ctx: Ctx) {
    return payload(deleteDashboard(ctx, input), ({ id }) => ({ id }));
  }

  @Mutation(() => TilePayload)
  @Directive(WRITES)
  addTile(@Arg('input', () => AddTileInput) input: AddTileInput, @Context() ctx: Ctx) {
    return payload(addTile(ctx, input), ({ tile, dashboard }) => ({
      tile: toTile(tile),
      dashboard: toDashboard(dashboard),
    }));
  }

  @Mutation(() => TilePayload)
  @Directive(WRITES)
  updateTile(@Arg('input', () => UpdateTileInput) input: UpdateTileInput, @Context() ctx: Ctx) {
    return payload(updateTile(ctx, input), ({ tile, dashboard }) => ({
      tile: toTile(tile),
      dashboard: toDashboard(dashboard),
    }));
  }

  @Mutation(() => DashboardPayload)
  @Directive(WRITES)
  removeTile(@Arg('input', () => RemoveTileInput) input: RemoveTileInput, @Context() ctx: Ctx) {
    return payload(removeTile(ctx, input), (row) => ({ dashboard: toDashboard(row) }));
  }
}
