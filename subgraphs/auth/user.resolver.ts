import { Arg, Ctx as Context, Directive, FieldResolver, ID, Int, Query, Resolver, Root } from 'type-graphql';
import { actorId, type Ctx } from '../kernel/context';
import { authorize } from '../kernel/verb';
import { listUsers } from './list-users';
import { loadMember } from './members';
import { membershipsOf } from './my-memberships';
import { allRoles, permissionsOf, rolesByName } from './roles';
import { Membership, Role, TenantStub, User, UserConnection } from './user.type';

/** Everybody in a tenant may know a colleague's name; the rest is for oneself and for those who may read users. */
const mayKnow = (user: User, ctx: Ctx): boolean => user.self || ctx.permissions.has('read:users');

@Resolver(() => User)
export class UserResolver {
  @Query(() => User, {
    nullable: true,
    description: 'Oneself, in the present tenant; null for an API key or a service.',
  })
  @Directive('@authenticated')
  me(@Context() ctx: Ctx) {
    authorize(ctx, 'authenticated');
    const id = actorId(ctx.actor);
    return id === null ? null : loadMember(ctx, id);
  }

  @Query(() => User, { nullable: true })
  @Directive('@requiresScopes(scopes: [["read:users"]])')
  user(@Arg('id', () => ID) id: string, @Context() ctx: Ctx) {
    authorize(ctx, 'read:users');
    return loadMember(ctx, id);
  }

  @Query(() => UserConnection)
  @Directive('@requiresScopes(scopes: [["read:users"]])')
  @Directive('@listSize(slicingArguments: ["first"], sizedFields: ["edges"], requireOneSlicingArgument: false)')
  users(
    @Arg('first', () => Int, { nullable: true, defaultValue: 50 }) first: number | null,
    @Arg('after', () => String, { nullable: true }) after: string | null,
    @Context() ctx: Ctx,
  ) {
    return listUsers(ctx, { first: first ?? undefined, after });
  }

  @Query(() => [Role])
  @Directive('@authenticated')
  roles(@Context() ctx: Ctx) {
    authorize(ctx, 'authenticated');
    return allRoles();
  }

  @FieldResolver(() => String, { nullable: true, description: 'For oneself and for those who may read users.' })
  email(@Root() user: User, @Context() ctx: Ctx): string | null {
    return mayKnow(user, ctx) ? user.email : null;
  }

  @FieldResolver(() => [Role], { name: 'roles', description: 'In the present tenant.' })
  rolesOfUser(@Root() user: User, @Context() ctx: Ctx) {
    return mayKnow(user, ctx) ? rolesByName(user.roleNames) : [];
  }

  @FieldResolver(() => [String], { description: 'In the present tenant, wildcards expanded.' })
  permissions(@Root() user: User, @Context() ctx: Ctx): string[] {
    return mayKnow(user, ctx) ? permissionsOf(user.roleNames) : [];
  }

  @FieldResolver(() => [Membership], { description: 'Of oneself; empty for others.' })
  memberships(@Root() user: User, @Context() ctx: Ctx) {
    return user.self ? membershipsOf(ctx, user.id) : [];
  }

  @FieldResolver(() => TenantStub, { nullable: true })
  tenant(@Root() user: User): TenantStub {
    return { id: user.tenantId };
  }
}

@Resolver(() => Membership)
export class MembershipResolver {
  @FieldResolver(() => TenantStub, { nullable: true, description: 'Null but for the present tenant.' })
  tenant(@Root() membership: Membership): TenantStub {
    return { id: membership.tenantId };
  }
}
