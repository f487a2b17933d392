import type { TenantCtx } from '../../kernel/context';
import { canonicalJson } from '../../kernel/fingerprint';
import type { MetricQuery } from '../query/metric-query.input';
import type { LiveEngine } from './live-engine';
import type { LiveEvent, Position } from './live-event';
import { TileFeed, type TileProblem } from './tile-feed';

export interface LiveTile {
  id: string;
  query: MetricQuery;
}

export type TileMessage = { tileId: string } & ({ event: LiveEvent } | { problem: TileProblem });

interface Entry {
  feed: TileFeed;
  query: string;
}

/** The live queries of a dashboard's tiles, as one source. What a slow reader leaves waiting stays with the tiles, each of which is bounded. */
export class DashboardFeeds {
  private readonly entries = new Map<string, Entry>();
  private readonly removed = new Set<string>();
  private closed = false;
  /** Where the reader is in each tile's history: what was handed out, or what it came back with. */
  readonly positions: Map<string, Position>;

  constructor(
    private readonly engine: LiveEngine,
    private readonly ctx: TenantCtx,
    private readonly onReady: () => void,
    resume: ReadonlyMap<string, Position>,
    /** Stands for a tile that `resume` does not know: null asks for a snapshot. */
    private readonly unknown: Position | null,
  ) {
    this.positions = new Map(resume);
  }

  /** Follows the dashboard: opens what is new, reopens what asks something else, drops what is gone, tries again what is in trouble. Once closed, nothing. */
  follow(tiles: readonly LiveTile[]): void {
    // The tiles may have been read while the reader left.
    if (this.closed) return;
    const wanted = new Map(tiles.map((tile) => [tile.id, tile]));
    for (const [id, { feed }] of this.entries) {
      if (wanted.has(id)) continue;
      feed.close();
      this.entries.delete(id);
      this.removed.add(id);
    }
    for (const id of [...this.positions.keys()]) if (!wanted.has(id)) this.positions.delete(id);
    for (const tile of tiles) this.followTile(tile);
    if (this.removed.size > 0) this.onReady();
  }

  take(): TileMessage | undefined {
    for (const tileId of this.removed) {
      this.removed.delete(tileId);
      return { tileId, problem: { code: 'NOT_FOUND', message: 'This tile was removed from the dashboard.' } };
    }
    for (const [tileId, entry] of this.entries) {
      const taken = entry.feed.take();
      if (!taken) continue;
      if ('event' in taken) this.positions.set(tileId, taken.event.position);
      // To the end of the line, so that a busy tile does not starve the others.
      this.entries.delete(tileId);
      this.entries.set(tileId, entry);
      return { tileId, ...taken };
    }
    return undefined;
  }

  close(): void {
    this.closed = true;
    for (const { feed } of this.entries.values()) feed.close();
    this.entries.clear();
  }

  private followTile({ id, query }: LiveTile): void {
    const text = canonicalJson(query);
    const known = this.entries.get(id);
    if (known?.query === text) return known.feed.retry();
    known?.feed.close();
    const resume = known ? null : (this.positions.get(id) ?? this.unknown);
    const feed = new TileFeed({ engine: this.engine, ctx: this.ctx, tileId: id, query, onReady: this.onReady });
    this.entries.set(id, { feed, query: text });
    void feed.open(resume);
  }
}
