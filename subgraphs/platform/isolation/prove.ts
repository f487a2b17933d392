import {
  buildClientSchema,
  getIntrospectionQuery,
  getOperationAST,
  parse,
  validate,
  type GraphQLSchema,
  type IntrospectionQuery,
} from 'graphql';
import { getVariableValues } from 'graphql/execution/values';
import type { Api, ApiResult } from '../testing/api';
import { ATTACKS, type Attack } from './attacks';
import { createWorld, snapshotOf, type World } from './world';

export interface Proof {
  attacks: number;
  rootFields: number;
  /** A line for each border that did not hold. Empty: proven. */
  breaches: string[];
}

const SUBSCRIPTION_WAIT_MS = 1_500;

/**
 * Makes two canary tenants through the public API and lets each attack the other at every root field, list cursor, resume token and REST
 * route, then once more with no identity at all. Nothing of the victim may be answered, and nothing of it may have changed.
 */
export async function proveIsolation(url: string, say: (line: string) => void = () => undefined): Promise<Proof> {
  say('filling two canary tenants');
  const worlds = [await createWorld(url), await createWorld(url)] as const;
  const before = await Promise.all(worlds.map(snapshotOf));
  const schema = await introspect(worlds[0].who.api);
  const fields = rootFields(schema);
  const breaches = fields.filter((field) => !ATTACKS[field]).map((field) => `${field}: no attack is written for it`);
  let attacks = 0;

  for (const [attacker, victim] of [worlds, [worlds[1], worlds[0]] as const]) {
    for (const field of fields) {
      for (const attack of ATTACKS[field]?.(victim) ?? []) {
        attacks += 2;
        breaches.push(...misfit(schema, field, attack));
        breaches.push(...(await attackOnce(field, attack, attacker.who.api, victim)));
        breaches.push(...(await withoutIdentity(field, attack, attacker.who.api.as(undefined))));
      }
    }
    attacks += 2;
    breaches.push(...(await attackRest(attacker, victim)));
  }

  const after = await Promise.all(worlds.map(snapshotOf));
  before.forEach((snapshot, index) => {
    if (snapshot !== after[index])
      breaches.push(`tenant ${worlds[index]!.marker} was changed:\n  ${snapshot}\n  ${after[index]}`);
  });
  await Promise.all(worlds.map((world) => world.who.api.close()));
  return { attacks, rootFields: fields.length, breaches };
}

async function introspect(api: Api): Promise<GraphQLSchema> {
  return buildClientSchema(await api.query<IntrospectionQuery>(getIntrospectionQuery()));
}

const rootFields = (schema: GraphQLSchema): string[] =>
  [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].flatMap((type) =>
    type ? Object.keys(type.getFields()).map((field) => `${type.name}.${field}`) : [],
  );

/** An attack that the schema refuses proves nothing. */
function misfit(schema: GraphQLSchema, field: string, { operation, variables }: Attack): string[] {
  const document = parse(operation);
  const problems = validate(schema, document);
  const definitions = getOperationAST(document)?.variableDefinitions ?? [];
  const wrong = problems.length > 0 ? problems : (getVariableValues(schema, definitions, variables ?? {}).errors ?? []);
  return wrong.map(({ message }) => `${field}: its attack does not fit the schema: ${message}`);
}

async function attackOnce(field: string, attack: Attack, api: Api, victim: World): Promise<string[]> {
  const results = await answersTo(field, attack, api);
  // An error may repeat what the attacker sent; it must not tell anything else. Data must not even do that.
  const sent = JSON.stringify(attack.variables ?? {});
  const errors = JSON.stringify(results.map(({ errors: top, data }) => [top, userErrorsOf(data)]));
  const leak = leaked(JSON.stringify(results, withoutErrors), victim, '') ?? leaked(errors, victim, sent);
  return leak ? [`${field}: the answer holds the victim's ${leak}`] : [];
}

const withoutErrors = (key: string, value: unknown): unknown =>
  key === 'userErrors' || key === 'errors' ? undefined : value;

const userErrorsOf = (data: ApiResult['data']): unknown[] =>
  Object.values(data ?? {}).map((field: { userErrors?: unknown } | null) => field?.userErrors ?? null);

/** The first of the victim's secrets in the text that was not in `sent`. */
function leaked(text: string, victim: World, sent: string): string | null {
  const secrets: Record<string, string> = {
    marker: victim.marker,
    tenant: victim.who.tenantId,
    user: victim.who.userId,
    email: victim.who.email,
    dataset: victim.datasetId,
    'event dataset': victim.eventDatasetId,
    import: victim.importId,
    file: victim.fileId,
    dashboard: victim.dashboardId,
    tile: victim.tileId,
    metric: victim.metricId,
  };
  return Object.entries(secrets).find(([, value]) => text.includes(value) && !sent.includes(value))?.[0] ?? null;
}

async function withoutIdentity(field: string, attack: Attack, api: Api): Promise<string[]> {
  if (attack.public) return [];
  const results = await answersTo(field, attack, api);
  await api.close();
  const answered = results.some(({ data }) => Object.values(data ?? {}).some((value) => value !== null));
  return answered ? [`${field}: answers a caller without identity`] : [];
}

async function answersTo(field: string, { operation, variables }: Attack, api: Api): Promise<ApiResult[]> {
  if (!field.startsWith('Subscription.')) return [await api.raw(operation, variables)];
  const events = api.subscribe(operation, variables);
  const results: ApiResult[] = [];
  const timer = setTimeout(() => void events.return?.(), SUBSCRIPTION_WAIT_MS);
  try {
    for await (const event of events) results.push(event);
  } catch {
    // Refused: by closing the socket, or by errors instead of a stream.
  } finally {
    clearTimeout(timer);
  }
  return results;
}

async function attackRest(attacker: World, victim: World): Promise<string[]> {
  const ingest = await attacker.who.api.rest(
    'POST',
    `/ingest?dataset=${victim.eventDatasetName}`,
    '{"name":"x","properties":{"amount":1}}\n',
    {
      'content-type': 'application/x-ndjson',
    },
  );
  const upload = await attacker.who.api
    .as(undefined)
    .rest('POST', '/upload?name=x.csv', 'a,b\n1,2\n', { 'content-type': 'text/csv' });
  return [
    ...((ingest.body?.data?.accepted ?? 0) > 0 ? ['POST /ingest: took an event for the victim’s dataset'] : []),
    ...(upload.status !== 401 ? [`POST /upload: answered ${upload.status} without identity`] : []),
  ];
}
