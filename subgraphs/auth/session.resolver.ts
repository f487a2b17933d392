import { Arg, Ctx as Context, Directive, Mutation, Resolver } from 'type-graphql';
import type { Ctx } from '../kernel/context';
import { payload } from '../kernel/graphql/payload';
import { loginUser } from './login-user';
import { logoutSession } from './logout-session';
import { refreshSession } from './refresh-session';
import { registerUser } from './register-user';
import { rotateSigningKey } from './rotate-signing-key';
import { LoginInput, RefreshInput, RegisterInput, SwitchTenantInput } from './session.inputs';
import { AuthPayload, LogoutPayload, RotateSigningKeyPayload } from './session.type';
import { switchTenant } from './switch-tenant';

@Resolver()
export class SessionResolver {
  @Mutation(() => AuthPayload, { description: 'Makes an account with a workspace of its own and signs in.' })
  register(@Arg('input', () => RegisterInput) input: RegisterInput, @Context() ctx: Ctx) {
    return payload(registerUser(ctx, input), (session) => ({ session }));
  }

  @Mutation(() => AuthPayload)
  login(@Arg('input', () => LoginInput) input: LoginInput, @Context() ctx: Ctx) {
    return payload(loginUser(ctx, input), (session) => ({ session }));
  }

  @Mutation(() => AuthPayload, { description: 'Exchanges a refresh token for the next one and a new access token.' })
  refresh(@Arg('input', () => RefreshInput) input: RefreshInput, @Context() ctx: Ctx) {
    return payload(refreshSession(ctx, input), (session) => ({ session }));
  }

  @Mutation(() => LogoutPayload)
  @Directive('@authenticated')
  async logout(@Context() ctx: Ctx) {
    const result = await payload(logoutSession(ctx), () => ({ success: true }));
    return { success: false, ...result };
  }

  @Mutation(() => AuthPayload, { description: 'Opens a session in another tenant one belongs to.' })
  @Directive('@authenticated')
  switchTenant(@Arg('input', () => SwitchTenantInput) input: SwitchTenantInput, @Context() ctx: Ctx) {
    return payload(switchTenant(ctx, input), (session) => ({ session }));
  }

  @Mutation(() => RotateSigningKeyPayload)
  @Directive('@requiresScopes(scopes: [["platform:keys"]])')
  rotateSigningKey(@Context() ctx: Ctx) {
    return payload(rotateSigningKey(ctx), (keyId) => ({ keyId }));
  }
}
