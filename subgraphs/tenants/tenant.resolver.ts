import { Arg, Ctx as Context, Directive, Mutation, Query, Resolver } from 'type-graphql';
import type { Ctx } from '../kernel/context';
import { payload } from '../kernel/graphql/payload';
import { currentTenant } from './get-tenant';
import { provisionTenant } from './provision-tenant';
import type { TenantEntity } from './tenant.entity';
import {
  ProvisionTenantInput,
  ProvisionTenantPayload,
  Tenant,
  UpdateTenantSettingsInput,
  UpdateTenantSettingsPayload,
} from './tenant.type';
import { updateTenantSettings } from './update-settings';

/** The row as the graph shows it. */
export const toTenant = ({ locale, timeZone, weekStart, theme, ...tenant }: TenantEntity) => ({
  ...tenant,
  settings: { locale, timeZone, weekStart, theme },
});

@Resolver(() => Tenant)
export class TenantResolver {
  @Query(() => Tenant, { nullable: true, description: 'The workspace one is signed in to.' })
  @Directive('@authenticated')
  async currentTenant(@Context() ctx: Ctx) {
    const tenant = await currentTenant(ctx, {});
    return tenant && toTenant(tenant);
  }

  @Mutation(() => UpdateTenantSettingsPayload)
  @Directive('@requiresScopes(scopes: [["write:tenant"]])')
  updateTenantSettings(
    @Arg('input', () => UpdateTenantSettingsInput) input: UpdateTenantSettingsInput,
    @Context() ctx: Ctx,
  ) {
    // The schema's texts; the verb narrows them to what there is.
    const given = input as Parameters<typeof updateTenantSettings>[1];
    return payload(updateTenantSettings(ctx, given), ({ tenant }) => ({ tenant: toTenant(tenant) }));
  }

  @Mutation(() => ProvisionTenantPayload, { description: 'Makes a tenant, or answers the one with this id.' })
  @Directive('@requiresScopes(scopes: [["platform:tenants"]])')
  provisionTenant(@Arg('input', () => ProvisionTenantInput) input: ProvisionTenantInput, @Context() ctx: Ctx) {
    return payload(provisionTenant(ctx, input), (tenant) => ({ tenant: toTenant(tenant) }));
  }
}
