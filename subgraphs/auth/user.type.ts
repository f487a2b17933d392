import { Directive, Field, ID, ObjectType } from 'type-graphql';
import { PageInfo } from '../kernel/graphql/shared-types';

@ObjectType('Tenant')
@Directive('@key(fields: "id", resolvable: false)')
export class TenantStub {
  @Field(() => ID)
  id!: string;
}

@ObjectType({ description: 'A named set of permissions.' })
@Directive('@key(fields: "name")')
export class Role {
  @Field()
  name!: string;

  @Field(() => [String], { description: 'Wildcards expanded.' })
  permissions!: string[];

  @Field()
  builtIn!: boolean;
}

@ObjectType({ description: 'A tenant that one belongs to.' })
export class Membership {
  @Field(() => ID)
  tenantId!: string;

  @Field(() => String, { nullable: true, description: 'For choosing a workspace; null until it has been named.' })
  tenantName!: string | null;

  @Field(() => [String], { description: 'Names of roles.' })
  roles!: string[];
}

@ObjectType({ description: 'A member of the present tenant.' })
@Directive('@key(fields: "id")')
export class User {
  @Field(() => ID)
  id!: string;

  @Field()
  displayName!: string;

  @Field(() => String, { nullable: true })
  locale!: string | null;

  @Field(() => String, { nullable: true })
  timeZone!: string | null;

  @Field()
  createdAt!: Date;

  // Below: what the resolvers answer the guarded fields from.
  tenantId!: string;
  email!: string;
  roleNames!: string[];
  self!: boolean;
}

@ObjectType()
export class UserEdge {
  @Field()
  cursor!: string;

  @Field(() => User)
  node!: User;
}

@ObjectType()
export class UserConnection {
  @Field(() => [UserEdge])
  edges!: UserEdge[];

  @Field(() => PageInfo)
  pageInfo!: PageInfo;
}
