import { useCallback, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate, useParams } from 'react-router';
import { useMutation, useQuery } from 'urql';
import { PageSkeleton } from '../../app/page-skeleton';
import {
  DashboardDocument,
  DeleteDashboardDocument,
  RemoveTileDocument,
  UpdateDashboardDocument,
  type DashboardQuery,
} from '../../gql/graphql';
import { firstError, useErrorText } from '../../lib/errors';
import { useMay } from '../../lib/me';
import { Button, IconButton } from '../../ui/button';
import { Confirm } from '../../ui/dialog';
import { EmptyState, Failure } from '../../ui/feedback';
import { Menu, MenuItem, MenuSeparator } from '../../ui/menu';
import { Page } from '../../ui/page';
import { useLiveDashboard } from '../live/use-live-dashboard';
import { DashboardForm } from './dashboard-form';
import { wideOnPhone } from './layout';
import { TileCard } from './tile-card';
import { TileDialog } from './tile-dialog';
import type { Tile } from './tile-draft';
import { useArrangement } from './use-arrangement';

type Dashboard = NonNullable<DashboardQuery['dashboard']>;

export default function DashboardPage() {
  const { t } = useTranslation();
  const { id = '' } = useParams();
  const errorText = useErrorText();
  const [{ data, error, stale }, refetch] = useQuery({ query: DashboardDocument, variables: { id } });
  const refresh = useCallback(() => refetch({ requestPolicy: 'network-only' }), [refetch]);
  const back = { to: '/dashboards', label: t('dashboards.title') };
  if (data?.dashboard?.id === id) return <Live key={id} dashboard={data.dashboard} refresh={refresh} />;
  if (error) {
    return (
      <Page title={t('dashboard.title')} back={back}>
        <Failure message={errorText(firstError(error))} onRetry={refresh} />
      </Page>
    );
  }
  if (!data || stale) return <PageSkeleton />;
  return (
    <Page title={t('dashboard.title')} back={back}>
      <EmptyState icon="search" title={t('dashboard.goneTitle')}>
        {t('dashboard.goneText')}
      </EmptyState>
    </Page>
  );
}

function Live({ dashboard, refresh }: { dashboard: Dashboard; refresh: () => void }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const mayWrite = useMay('write:dashboards');
  const arrangement = useArrangement(dashboard);
  const { tiles } = arrangement;
  const wide = wideOnPhone(tiles);
  const live = useLiveDashboard(dashboard.id);
  const [editing, setEditing] = useState<Tile | 'new'>();
  const [removing, setRemoving] = useState<Tile>();
  const { retry, store } = live;
  useOthersTiles(dashboard, store, refresh);

  const add = (
    <Button variant="primary" icon="plus" onClick={() => setEditing('new')} data-testid="add-tile">
      {t('tile.add')}
    </Button>
  );
  return (
    <Page
      title={dashboard.name}
      subtitle={dashboard.description}
      back={{ to: '/dashboards', label: t('dashboards.title') }}
      actions={
        mayWrite && (
          <>
            {tiles.length > 0 && add}
            <DashboardMenu dashboard={dashboard} />
          </>
        )
      }
    >
      {live.failure && (
        <div className="mb-4">
          <Failure
            message={errorText({ code: codeOf(live.failure.extensions), message: live.failure.message })}
            onRetry={retry}
          />
        </div>
      )}
      {arrangement.error && (
        <div className="mb-4">
          <Failure message={errorText(arrangement.error)} onRetry={refresh} />
        </div>
      )}
      {tiles.length === 0 ? (
        <EmptyState icon="grid" title={t('dashboard.emptyTitle')} action={mayWrite && add}>
          {t(mayWrite ? 'dashboard.emptyText' : 'dashboard.emptyTextReader')}
        </EmptyState>
      ) : (
        <div className="tile-grid">
          {tiles.map((tile) => (
            <TileCard
              key={tile.id}
              tile={tile}
              wide={wide.has(tile.id)}
              store={store}
              arrangement={mayWrite ? arrangement : undefined}
              onEdit={mayWrite ? setEditing : undefined}
              onRemove={setRemoving}
              onRetry={retry}
            />
          ))}
        </div>
      )}
      {editing && (
        <TileDialog
          dashboardId={dashboard.id}
          tiles={tiles}
          tile={editing === 'new' ? undefined : editing}
          onClose={() => setEditing(undefined)}
        />
      )}
      <RemoveTile tile={removing} onClose={() => setRemoving(undefined)} />
    </Page>
  );
}

const codeOf = (extensions: Record<string, unknown> | undefined): string =>
  typeof extensions?.['code'] === 'string' ? extensions['code'] : 'INTERNAL';

/** The stream speaks of a tile this page does not know: somebody else has added it. */
function useOthersTiles(
  dashboard: Dashboard,
  store: ReturnType<typeof useLiveDashboard>['store'],
  refresh: () => void,
): void {
  useEffect(() => {
    const known = new Set(dashboard.tiles.map((tile) => tile.id));
    const asked = new Set<string>();
    return store.subscribe(() => {
      const unknown = Object.keys(store.getState().tiles).filter((id) => !known.has(id) && !asked.has(id));
      unknown.forEach((id) => asked.add(id));
      if (unknown.length > 0) refresh();
    });
  }, [dashboard.tiles, store, refresh]);
}

function RemoveTile({ tile, onClose }: { tile: Tile | undefined; onClose: () => void }) {
  const { t } = useTranslation();
  const [{ fetching }, remove] = useMutation(RemoveTileDocument);
  return (
    <Confirm
      open={tile !== undefined}
      onOpenChange={(open) => !open && onClose()}
      title={t('tile.removeTitle', { title: tile?.title ?? '' })}
      description={t('tile.removeText')}
      action={t('tile.remove')}
      busy={fetching}
      onConfirm={() => {
        if (tile) void remove({ input: { id: tile.id } }, { additionalTypenames: ['Tile'] }).then(onClose);
      }}
    />
  );
}

function DashboardMenu({ dashboard }: { dashboard: Dashboard }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [renaming, setRenaming] = useState(false);
  const [deleting, setDeleting] = useState(false);
  const [, update] = useMutation(UpdateDashboardDocument);
  const [{ fetching }, remove] = useMutation(DeleteDashboardDocument);
  return (
    <>
      <Menu
        trigger={<IconButton icon="more" label={t('dashboard.menu')} className="size-9 border border-line-strong" />}
      >
        <MenuItem icon="edit" onSelect={() => setRenaming(true)}>
          {t('dashboard.rename')}
        </MenuItem>
        <MenuSeparator />
        <MenuItem icon="trash" danger onSelect={() => setDeleting(true)}>
          {t('dashboard.delete')}
        </MenuItem>
      </Menu>
      <DashboardForm
        open={renaming}
        onOpenChange={setRenaming}
        title={t('dashboard.rename')}
        action={t('action.save')}
        initial={{ name: dashboard.name, description: dashboard.description ?? '' }}
        save={async (values) => {
          const { data, error } = await update({ input: { id: dashboard.id, ...values, version: dashboard.version } });
          return error ? { error } : { userErrors: data?.updateDashboard.userErrors };
        }}
      />
      <Confirm
        open={deleting}
        onOpenChange={setDeleting}
        title={t('dashboard.deleteTitle', { name: dashboard.name })}
        description={t('dashboard.deleteText')}
        action={t('dashboard.delete')}
        busy={fetching}
        onConfirm={() =>
          void remove(
            { input: { id: dashboard.id, version: dashboard.version } },
            { additionalTypenames: ['Dashboard', 'DashboardConnection'] },
          ).then(({ data }) => data?.deleteDashboard.userErrors.length === 0 && navigate('/dashboards'))
        }
      />
    </>
  );
}
