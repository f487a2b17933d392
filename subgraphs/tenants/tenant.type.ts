import { Directive, Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { UserError } from '../kernel/graphql/shared-types';

/** Values are as the table holds them. */
export enum IsolationLevel {
  ROW = 'row',
  SCHEMA = 'schema',
  DATABASE = 'database',
}
registerEnumType(IsolationLevel, { name: 'IsolationLevel', description: 'Where the rows of a tenant live.' });

export enum TenantStatus {
  ACTIVE = 'active',
  SUSPENDED = 'suspended',
}
registerEnumType(TenantStatus, { name: 'TenantStatus' });

@ObjectType()
export class TenantSettings {
  @Field({ description: 'Language tag, e.g. en or zh-CN.' })
  locale!: string;

  @Field({ description: 'IANA name, e.g. Europe/Berlin.' })
  timeZone!: string;

  @Field({ description: 'A day: monday to sunday.' })
  weekStart!: string;

  @Field({ description: 'light, dark or system.' })
  theme!: string;
}

@ObjectType({ description: 'A workspace: everything in it belongs to it alone.' })
@Directive('@key(fields: "id")')
export class Tenant {
  @Field(() => ID)
  id!: string;

  @Field()
  name!: string;

  @Field({ description: 'Short name for addresses, unique in the installation; does not change.' })
  slug!: string;

  @Field(() => IsolationLevel)
  isolation!: IsolationLevel;

  @Field(() => TenantStatus)
  status!: TenantStatus;

  @Field(() => TenantSettings)
  settings!: TenantSettings;

  @Field()
  createdAt!: Date;

  @Field()
  updatedAt!: Date;
}

@InputType({ description: 'What is absent or null stays as it is.' })
export class UpdateTenantSettingsInput {
  @Field(() => String, { nullable: true })
  name?: string | null;

  @Field(() => String, { nullable: true })
  locale?: string | null;

  @Field(() => String, { nullable: true })
  timeZone?: string | null;

  @Field(() => String, { nullable: true })
  weekStart?: string | null;

  @Field(() => String, { nullable: true })
  theme?: string | null;
}

@InputType()
export class ProvisionTenantInput {
  @Field(() => ID)
  id!: string;

  @Field()
  name!: string;

  @Field(() => String, { nullable: true })
  locale?: string | null;
}

@ObjectType()
export class UpdateTenantSettingsPayload {
  @Field(() => Tenant, { nullable: true })
  tenant?: Tenant;

  @Field(() => [UserError])
  userErrors!: UserError[];
}

@ObjectType()
export class ProvisionTenantPayload {
  @Field(() => Tenant, { nullable: true })
  tenant?: Tenant;

  @Field(() => [UserError])
  userErrors!: UserError[];
}
