import { createLogger } from '../../../subgraphs/kernel/logger';
import { anonymousIdentity, freezeIdentity } from '../../../subgraphs/kernel/identity';
import type { Identity } from '../../../subgraphs/kernel/context';
import { GatewayMetrics } from '../../http/metrics';
import { DEFAULT_DOCUMENT_LIMITS } from '../../limits/document-limits';
import { OperationRunner, type RunnerOptions } from '../../operation/runner';
import type { OperationCaller, OperationRequest } from '../../operation/types';
import { SupergraphGateway } from '../../supergraph/supergraph-gateway';
import { compose, inProcessTransports, type InProcessTransport, type TestSubgraph } from './federation';

export const silent = createLogger({ service: 'test', level: 'silent' });

export const TENANT = '01900000-0000-7000-8000-000000000001';

/** A signed-in user of a tenant with these permissions. */
export const userIdentity = (permissions: readonly string[] = [], tenantId = TENANT): Identity =>
  freezeIdentity({
    tenantId,
    actor: { kind: 'user', userId: '01900000-0000-7000-8000-0000000000aa', sessionId: 's' },
    permissions,
    requestId: 'request-1',
    address: null,
    locale: 'en',
    timeZone: 'UTC',
    expiresAt: Math.floor(Date.now() / 1_000) + 900,
  });

export interface Harness {
  supergraphSdl: string;
  runner: OperationRunner;
  transports: Map<string, InProcessTransport>;
  gateway: SupergraphGateway;
  run(query: string, variables?: Record<string, unknown>, identity?: Identity): Promise<HarnessResult>;
}

export interface HarnessResult {
  status: number;
  data: any; // answers are of as many shapes as there are tests
  errors: { message: string; path?: (string | number)[]; extensions: Record<string, unknown> }[] | undefined;
}

/** The operation runner over subgraphs in this process, without HTTP. */
export async function createHarness(
  subgraphs: readonly TestSubgraph[],
  overrides: Partial<RunnerOptions> = {},
): Promise<Harness> {
  const federation = compose(subgraphs);
  const transports = inProcessTransports(federation);
  const gateway = new SupergraphGateway(federation.supergraphSdl, silent, () => Promise.resolve({}));
  await gateway.load();
  const runner = new OperationRunner(gateway.schemaState, {
    limits: DEFAULT_DOCUMENT_LIMITS,
    introspection: true,
    authorization: true,
    rejectUnauthorized: false,
    transport: (name) => transports.get(name),
    timeoutMs: 5_000,
    metrics: new GatewayMetrics(),
    exposeErrors: true,
    ...overrides,
  });
  return {
    supergraphSdl: federation.supergraphSdl,
    runner,
    transports,
    gateway,
    async run(query, variables, identity) {
      const { status, result } = await runner.run({ query, variables }, caller(identity));
      return { status, ...(JSON.parse(JSON.stringify(result)) as Omit<HarnessResult, 'status'>) };
    },
  };
}

export const caller = (identity: Identity = anonymousIdentity('request-1', null)): OperationCaller => ({
  identity,
  signal: new AbortController().signal,
  log: silent,
});

export type { OperationRequest };
