import { memo, type CSSProperties } from 'react';
import { useTranslation } from 'react-i18next';
import { useErrorText } from '../../lib/errors';
import { useFormat } from '../../lib/use-format';
import { IconButton } from '../../ui/button';
import { Badge } from '../../ui/feedback';
import { Icon } from '../../ui/icons';
import { Menu, MenuItem, MenuSeparator } from '../../ui/menu';
import type { TileState } from '../live/live-reducer';
import type { LiveStore } from '../live/live-store';
import { useTile } from '../live/use-live-dashboard';
import { ReceiptPopover } from './receipt';
import { TileBody } from './tile-body';
import type { Tile } from './tile-draft';
import { TileHandle, type HandleProps } from './tile-handle';

export interface TileCardProps {
  tile: Tile;
  /** Whether it takes the whole width of a phone. */
  wide: boolean;
  store: LiveStore;
  /** This and `onEdit` are undefined for those who may not change the dashboard. */
  arrangement: HandleProps['arrangement'] | undefined;
  onEdit: ((tile: Tile) => void) | undefined;
  onRemove: (tile: Tile) => void;
  onRetry: () => void;
}

/** One tile of a live dashboard; renders again only when its own numbers change. */
export const TileCard = memo(function TileCard({
  tile,
  wide,
  store,
  arrangement,
  onEdit,
  onRemove,
  onRetry,
}: TileCardProps) {
  const { t } = useTranslation();
  const state = useTile(store, tile.id);
  const { x, y, w, h } = tile.layout;
  const place = { '--x': x, '--y': y, '--w': w, '--h': h } as CSSProperties;
  const hasData = state?.receipt !== undefined;
  return (
    <section
      data-testid="tile"
      data-tile-id={tile.id}
      data-kind={tile.kind}
      data-wide={wide}
      aria-label={tile.title}
      aria-busy={!state}
      style={place}
      className="card group relative flex min-w-0 flex-col"
    >
      <header className="flex h-10 shrink-0 items-center gap-1 pr-2 pl-4">
        <h2
          data-testid="tile-title"
          title={tile.title}
          className="min-w-0 flex-1 truncate text-[0.8125rem] font-medium text-text-2"
        >
          {tile.title}
        </h2>
        {arrangement && <TileHandle kind="move" tile={tile} arrangement={arrangement} />}
        {state?.receipt?.stale && <Badge tone="warn">{t('receipt.stale')}</Badge>}
        {state?.receipt && <ReceiptPopover receipt={state.receipt} receivedAt={state.receivedAt} />}
        {onEdit && (
          <Menu trigger={<IconButton icon="more" label={t('tile.menu', { title: tile.title })} />}>
            <MenuItem icon="edit" onSelect={() => onEdit(tile)}>
              {t('tile.edit')}
            </MenuItem>
            <MenuSeparator />
            <MenuItem icon="trash" danger onSelect={() => onRemove(tile)}>
              {t('tile.remove')}
            </MenuItem>
          </Menu>
        )}
      </header>
      <div className="min-h-0 flex-1">
        {state?.error && !hasData ? null : (
          <TileBody kind={tile.kind} title={tile.title} data={hasData ? state : undefined} grain={tile.query.grain} />
        )}
        {state?.error && !hasData && (
          <TileError error={state.error} onRetry={onRetry} onEdit={onEdit && (() => onEdit(tile))} />
        )}
      </div>
      {arrangement && <TileHandle kind="resize" tile={tile} arrangement={arrangement} />}
      {state?.error && hasData && <OldNumbers state={state} onRetry={onRetry} />}
    </section>
  );
});

function TileError({
  error,
  onRetry,
  onEdit,
}: {
  error: { code: string; message: string };
  onRetry: () => void;
  onEdit: (() => void) | undefined;
}) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  return (
    <div role="alert" className="flex h-full flex-col justify-center overflow-auto px-4 pb-3 text-[0.8125rem]">
      <p className="flex gap-2 text-danger">
        <Icon name="warning" className="mt-0.5 shrink-0" />
        <span>{errorText(error)}</span>
      </p>
      <div className="mt-2 flex gap-3 pl-6 text-accent-text">
        <button type="button" className="hover:underline" onClick={onRetry}>
          {t('action.retry')}
        </button>
        {onEdit && (
          <button type="button" className="hover:underline" onClick={onEdit}>
            {t('tile.edit')}
          </button>
        )}
      </div>
    </div>
  );
}

/** The last good numbers stay, and are called old. */
function OldNumbers({ state, onRetry }: { state: TileState; onRetry: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const errorText = useErrorText();
  if (!state.error) return null;
  const freshness = state.receipt?.freshness;
  return (
    <div
      role="alert"
      title={errorText(state.error)}
      className="flex items-center gap-2 border-t border-warn/30 bg-warn-soft px-4 py-1.5 text-xs text-warn"
    >
      <Icon name="warning" size={14} className="shrink-0" />
      <span className="min-w-0 flex-1 truncate">
        {freshness ? t('tile.oldSince', { time: format.dateTime(freshness) }) : t('tile.old')} {errorText(state.error)}
      </span>
      <button type="button" className="shrink-0 underline underline-offset-2" onClick={onRetry}>
        {t('action.retry')}
      </button>
    </div>
  );
}
