import { z } from 'zod';
import type { TenantCtx } from '../../kernel/context';
import { notFound, type DomainError } from '../../kernel/errors';
import { defineFreeVerb } from '../../kernel/verb';
import { loadDashboardWithTiles } from '../dashboards/read-dashboards';
import { servicesOf } from '../services';
import { DashboardFeeds, type LiveTile, type TileMessage } from './dashboard-feeds';
import type { Message } from './live-metric-query';
import { LiveStream } from './live-stream';
import { readResumeToken, resumeToken } from './resume-token';

export type LiveDashboardMessage = TileMessage & { resumeToken: string };

/**
 * The answers of all tiles of a dashboard in one stream, each as in `liveMetricQuery`. Tiles that come, go or change while it is open are
 * followed; a tile that cannot be answered sends an error and hurts no other. Throws NOT_FOUND.
 */
export const liveDashboard = defineFreeVerb({
  name: 'analytics.liveDashboard',
  access: 'read:dashboards',
  input: z.object({ id: z.string().max(100), resume: z.string().nullish() }),
  run: (ctx, { id, resume }) => openStream(ctx, id, resume ?? null),
});

type Stream = LiveStream<Message<LiveDashboardMessage>>;

async function openStream(ctx: TenantCtx, id: string, resume: string | null): Promise<Stream> {
  const { secrets } = ctx.stores;
  const { engine } = servicesOf(ctx.stores);
  const stream = `dashboard:${id}`;
  const known = resume === null ? null : readResumeToken(secrets, ctx.tenantId, stream, resume);
  const unknown = resume !== null && known === null ? { epoch: '', sequence: 0 } : null;

  let live: Stream | null = null;
  let failure: Error | null = null;
  let ended = false;
  const feeds = new DashboardFeeds(engine, ctx, () => live?.wake(), known ?? new Map(), unknown);
  const reload = coalesced(async () => {
    try {
      feeds.follow(await tilesOf(ctx, id));
    } catch (error) {
      failure = error as Error;
      live?.wake();
    }
  });
  // Watching begins before reading, so that a change in between is not missed.
  const unwatch = engine.watchDashboard(ctx.tenantId, id, reload);
  try {
    feeds.follow(await tilesOf(ctx, id));
  } catch (error) {
    unwatch();
    throw error;
  }
  const take = (): Message<LiveDashboardMessage> | undefined | null => {
    if (ended) return null;
    if (failure) {
      ended = true;
      return { error: failure };
    }
    const message = feeds.take();
    if (!message) return undefined;
    return { event: { ...message, resumeToken: resumeToken(secrets, ctx.tenantId, stream, feeds.positions) } };
  };
  live = new LiveStream(ctx.signal, take, () => {
    unwatch();
    feeds.close();
  });
  return live;
}

async function tilesOf(ctx: TenantCtx, id: string): Promise<LiveTile[]> {
  const found = await loadDashboardWithTiles(ctx, { id });
  if (!found) throw gone(id);
  return found.tiles;
}

const gone = (id: string): DomainError => notFound('dashboard', id.slice(0, 80));

/** Runs again after the present run if it was called meanwhile, however often. */
function coalesced(work: () => Promise<void>): () => void {
  let running = false;
  let again = false;
  const run = async (): Promise<void> => {
    running = true;
    do {
      again = false;
      await work();
    } while (again);
    running = false;
  };
  return () => {
    again = true;
    if (!running) void run();
  };
}
