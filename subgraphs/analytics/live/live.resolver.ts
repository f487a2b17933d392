import { Arg, Directive, ID, Resolver, Root, Subscription } from 'type-graphql';
import type { Ctx } from '../../kernel/context';
import { MetricQueryInput } from '../query/query.types';
import { liveDashboard, type LiveDashboardMessage } from './live-dashboard';
import { liveMetricQuery, type LiveMetricMessage, type Message } from './live-metric-query';
import { LiveDashboardEvent, LiveMetricEvent } from './live.types';

interface QueryArgs {
  input: MetricQueryInput;
  resume?: string | null;
}

interface DashboardArgs {
  id: string;
  resume?: string | null;
}

@Resolver()
export class LiveResolver {
  @Subscription(() => LiveMetricEvent, {
    description: 'A metric query that stays up to date: a snapshot, then what changes.',
    subscribe: ({ args, context }) => {
      const { input, resume } = args as QueryArgs;
      return liveMetricQuery(context as Ctx, { query: input, resume });
    },
  })
  @Directive('@requiresScopes(scopes: [["read:data"], ["read:dashboards"]])')
  liveMetricQuery(
    @Root() message: Message<LiveMetricMessage>,
    @Arg('input', () => MetricQueryInput) _input: MetricQueryInput,
    @Arg('resume', () => String, { nullable: true }) _resume?: string | null,
  ): LiveMetricEvent {
    return eventOf(message);
  }

  @Subscription(() => LiveDashboardEvent, {
    description: 'The answers of all tiles of a dashboard, kept up to date in one stream.',
    subscribe: ({ args, context }) => liveDashboard(context as Ctx, args as DashboardArgs),
  })
  @Directive('@requiresScopes(scopes: [["read:dashboards"]])')
  liveDashboard(
    @Root() message: Message<LiveDashboardMessage>,
    @Arg('id', () => ID) _id: string,
    @Arg('resume', () => String, { nullable: true }) _resume?: string | null,
  ): LiveDashboardEvent {
    const { tileId, resumeToken, ...rest } = eventOf(message);
    if ('problem' in rest) return { tileId, resumeToken, event: null, error: rest.problem };
    return { tileId, resumeToken, event: { ...rest.event, resumeToken }, error: null };
  }
}

/** An error travels as an event, so that it becomes public in the same place as all others; then the stream ends. */
export function eventOf<T>(message: Message<T>): T {
  if ('error' in message) throw message.error;
  return message.event;
}
