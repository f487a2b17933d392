import { GraphQLScalarType, Kind, type GraphQLScalarTypeConfig, type ValueNode } from 'graphql';
import { GraphQLDateTimeISO, GraphQLJSON, GraphQLSafeInt } from 'graphql-scalars';
import { DomainError } from '../errors';

/** The same scalars in every subgraph. Dates are ISO 8601 in UTC. */
export const DateTime = renamed(GraphQLDateTimeISO, 'DateTime', 'ISO 8601 time in UTC, e.g. 2026-01-31T12:00:00.000Z.');
export const Json = renamed(GraphQLJSON, 'JSON', 'Any JSON value.');
export const SafeInt = renamed(GraphQLSafeInt, 'SafeInt', 'An integer of up to 53 bits.');

const DURATION = /^P(?!$)(?:(\d+)W|(?:(\d+)D)?(?:T(?!$)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?)$/;

/** Milliseconds of an ISO 8601 duration of weeks, days, hours, minutes and seconds; months and years have no fixed length. */
export function durationToMs(text: string): number {
  const match = DURATION.exec(text);
  if (!match)
    throw new DomainError('INVALID_INPUT', `"${text}" is no duration. Write for example PT5M, PT24H, P7D or P2W.`);
  const [weeks, days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
  ];
  return ((((weeks * 7 + days) * 24 + hours) * 60 + minutes) * 60 + seconds) * 1_000;
}

const checked = (value: unknown): string => {
  if (typeof value !== 'string') throw new DomainError('INVALID_INPUT', 'A duration is a text such as PT5M or P7D.');
  durationToMs(value);
  return value;
};

export const Duration = new GraphQLScalarType<string, string>({
  name: 'Duration',
  description: 'ISO 8601 duration of weeks, days, hours, minutes and seconds, e.g. PT5M or P7D.',
  serialize: checked,
  parseValue: checked,
  parseLiteral: (node: ValueNode) => checked(node.kind === Kind.STRING ? node.value : undefined),
});

function renamed<I, E>(scalar: GraphQLScalarType<I, E>, name: string, description: string): GraphQLScalarType<I, E> {
  const { extensions, ...config } = scalar.toConfig() as GraphQLScalarTypeConfig<I, E>;
  // The library's extensions hold code-generator hints, which would end up in the emitted schema.
  void extensions;
  return new GraphQLScalarType<I, E>({ ...config, name, description, specifiedByURL: null });
}
