import { Field, ObjectType } from 'type-graphql';
import { UserError } from '../kernel/graphql/shared-types';
import { User } from './user.type';

@ObjectType({ description: 'What a client needs to stay signed in.' })
export class AuthSession {
  @Field({ description: 'RS256 JWT, to be sent as `Authorization: Bearer`.' })
  accessToken!: string;

  @Field()
  accessTokenExpiresAt!: Date;

  @Field({ description: 'Works once, for `refresh`. Using it again ends the session.' })
  refreshToken!: string;

  @Field()
  refreshTokenExpiresAt!: Date;

  @Field(() => User)
  user!: User;
}

@ObjectType()
export class AuthPayload {
  @Field(() => AuthSession, { nullable: true })
  session?: AuthSession;

  @Field(() => [UserError])
  userErrors!: UserError[];
}

@ObjectType()
export class LogoutPayload {
  @Field()
  success!: boolean;

  @Field(() => [UserError])
  userErrors!: UserError[];
}

@ObjectType()
export class RotateSigningKeyPayload {
  @Field(() => String, { nullable: true, description: 'Key id (`kid`) of the new key.' })
  keyId?: string;

  @Field(() => [UserError])
  userErrors!: UserError[];
}
