import { z } from 'zod';
import type { TenantCtx } from '../../kernel/context';
import { fingerprint } from '../../kernel/fingerprint';
import { defineFreeVerb } from '../../kernel/verb';
import { metricQueryInput, type MetricQuery } from '../query/metric-query.input';
import { servicesOf } from '../services';
import type { LiveEvent } from './live-event';
import { LiveStream } from './live-stream';
import { readResumeToken, resumeToken } from './resume-token';
import type { Subscriber } from './subscriber';

export interface LiveMetricMessage extends LiveEvent {
  resumeToken: string;
}

/** What a stream hands to its resolver: an event, or the error with which it ends. */
export type Message<T> = { event: T } | { error: Error };

/**
 * A metric query that stays up to date: a snapshot (or what was missed since `resume`), then deltas, until the signal ends it.
 * Throws at once what `metricQuery` would throw.
 */
export const liveMetricQuery = defineFreeVerb({
  name: 'analytics.liveMetricQuery',
  access: ['read:data', 'read:dashboards'],
  input: z.object({ query: metricQueryInput, resume: z.string().nullish() }),
  run: (ctx, { query, resume }) => openStream(ctx, query, resume ?? null),
});

async function openStream(
  ctx: TenantCtx,
  query: MetricQuery,
  resume: string | null,
): Promise<AsyncIterableIterator<Message<LiveMetricMessage>>> {
  const { secrets } = ctx.stores;
  const { engine } = servicesOf(ctx.stores);
  const stream = fingerprint(ctx.identity, { operation: 'analytics.live', variables: query });
  const known = resume === null ? null : readResumeToken(secrets, ctx.tenantId, stream, resume);
  // A token that cannot be used is answered like one that is too old: by a RESET.
  const position = resume === null ? null : (known?.get('') ?? { epoch: '', sequence: 0 });

  let live: LiveStream<Message<LiveMetricMessage>> | null = null;
  const subscriber: Subscriber = await engine.join(ctx, query, position, () => live?.wake());
  let ended = false;
  const take = (): Message<LiveMetricMessage> | undefined | null => {
    if (ended) return null;
    try {
      const event = subscriber.take();
      if (!event) return undefined;
      const token = resumeToken(secrets, ctx.tenantId, stream, new Map([['', event.position]]));
      return { event: { ...event, resumeToken: token } };
    } catch (error) {
      ended = true;
      return { error: error as Error };
    }
  };
  live = new LiveStream(ctx.signal, take, () => subscriber.close());
  return live;
}
