import { Field, ID, InputType } from 'type-graphql';

@InputType()
export class RegisterInput {
  @Field()
  email!: string;

  @Field({ description: 'At least 10 characters, at most 72 bytes.' })
  password!: string;

  @Field()
  displayName!: string;

  @Field({ description: 'Name of the workspace that is made.' })
  tenantName!: string;

  @Field(() => String, { nullable: true, description: 'Language tag, e.g. en or zh-CN.' })
  locale?: string | null;
}

@InputType()
export class LoginInput {
  @Field()
  email!: string;

  @Field()
  password!: string;

  @Field(() => ID, { nullable: true, description: 'Default: the membership one has had longest.' })
  tenantId?: string | null;
}

@InputType()
export class RefreshInput {
  @Field()
  refreshToken!: string;
}

@InputType()
export class SwitchTenantInput {
  @Field(() => ID)
  tenantId!: string;
}
