import type { z } from 'zod';
import type { EntityManager } from 'typeorm';
import { recordAudit, type AuditEntry } from './audit';
import type { Ctx, TenantCtx, TxCtx } from './context';
import { DomainError, forbidden } from './errors';
import { PLATFORM_TENANT } from './ids';
import type { Permission } from './permissions';

/** One permission, any of several, any signed-in actor, or everybody. */
export type Access = Permission | readonly Permission[] | 'authenticated' | 'public';

interface VerbBase<I extends z.ZodType> {
  /** `<subgraph>.<verb>`, as it appears in the audit trail. */
  name: string;
  access: Access;
  input: I;
}

interface TenantChange<I extends z.ZodType, O> extends VerbBase<I> {
  run(ctx: TxCtx, input: z.output<I>): Promise<O>;
  /** What the audit trail says; written in the same transaction, or the change does not happen. */
  audit(input: z.output<I>, output: O): AuditEntry;
}

interface ControlChange<I extends z.ZodType, O> extends VerbBase<I> {
  run(ctx: Ctx & { readonly tx: EntityManager }, input: z.output<I>): Promise<O>;
  /** With the tenant it belongs to, which is known only after the work (a log-in); null: the platform's. */
  audit(input: z.output<I>, output: O): AuditEntry & { tenantId: string | null };
}

interface TenantRead<I extends z.ZodType, O> extends VerbBase<I> {
  run(ctx: TxCtx, input: z.output<I>): Promise<O>;
}

interface FreeRead<I extends z.ZodType, O> extends VerbBase<I> {
  run(ctx: TenantCtx, input: z.output<I>): Promise<O>;
}

export type Verb<I extends z.ZodType, O> = ((ctx: Ctx, input: z.input<I>) => Promise<O>) & {
  readonly verb: VerbBase<I>;
};

/** A verb that changes the tenant's rows: authorise → parse → transaction → work → audit, in that order, always. */
export function defineVerb<I extends z.ZodType, O>(spec: TenantChange<I, O>): Verb<I, O> {
  return verb(spec, (ctx, input) => {
    const tenantCtx = inTenant(ctx);
    return ctx.stores.database.withTenant(tenantCtx, async (tx) => {
      const output = await spec.run({ ...tenantCtx, tx }, input);
      await recordAudit(tx, tenantCtx, tenantCtx.tenantId, spec.name, spec.audit(input, output));
      return output;
    });
  });
}

/** A verb of the control plane, where the tenant is not known beforehand (log-in, registration): across tenants, audited as well. */
export function defineControlVerb<I extends z.ZodType, O>(spec: ControlChange<I, O>): Verb<I, O> {
  return verb(spec, (ctx, input) =>
    ctx.stores.database.control(async (tx) => {
      const output = await spec.run({ ...ctx, tx }, input);
      const { tenantId, ...entry } = spec.audit(input, output);
      await recordAudit(tx, ctx, tenantId ?? PLATFORM_TENANT, spec.name, entry);
      return output;
    }),
  );
}

/** A verb that only reads, in the tenant's transaction. */
export function defineQuery<I extends z.ZodType, O>(spec: TenantRead<I, O>): Verb<I, O> {
  return verb(spec, (ctx, input) => {
    const tenantCtx = inTenant(ctx);
    return ctx.stores.database.withTenant(tenantCtx, (tx) => spec.run({ ...tenantCtx, tx }, input));
  });
}

/**
 * A verb that opens its own transactions where it needs them, for work that must not hold a database connection while it waits
 * (analytical queries, appends to the log, streams). What it changes it must audit itself.
 */
export function defineFreeVerb<I extends z.ZodType, O>(spec: FreeRead<I, O>): Verb<I, O> {
  return verb(spec, (ctx, input) => spec.run(inTenant(ctx), input));
}

function verb<I extends z.ZodType, O>(
  spec: VerbBase<I>,
  run: (ctx: Ctx, input: z.output<I>) => Promise<O>,
): Verb<I, O> {
  const call = async (ctx: Ctx, input: z.input<I>): Promise<O> => {
    authorize(ctx, spec.access);
    return run(ctx, parseInput(spec.input, input));
  };
  return Object.assign(call, { verb: { name: spec.name, access: spec.access, input: spec.input } });
}

/** Throws UNAUTHENTICATED or FORBIDDEN. The gateway has checked before; a verb checks again and trusts nobody. */
export function authorize(ctx: Pick<Ctx, 'actor' | 'permissions'>, access: Access): void {
  if (access === 'public') return;
  if (ctx.actor.kind === 'anonymous') throw new DomainError('UNAUTHENTICATED', 'Sign in first.');
  if (access === 'authenticated') return;
  const anyOf = typeof access === 'string' ? [access] : access;
  if (!anyOf.some((permission) => ctx.permissions.has(permission))) throw forbidden(anyOf.join('" or "'));
}

/** Parses at the border. Every problem is reported, each with the path of its field. */
export function parseInput<I extends z.ZodType>(schema: I, input: unknown): z.output<I> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const issues = result.error.issues.map((issue) => ({ field: issue.path.map(String), message: issue.message }));
  const text = issues
    .map(({ field, message }) => (field.length > 0 ? `${field.join('.')}: ${message}` : message))
    .join('; ');
  throw new DomainError('INVALID_INPUT', text, { field: issues[0]?.field, issues });
}

function inTenant<C extends Ctx>(ctx: C): C & TenantCtx {
  if (ctx.tenantId === null) throw new DomainError('UNAUTHENTICATED', 'Sign in first: this belongs to a workspace.');
  return ctx as C & TenantCtx;
}
