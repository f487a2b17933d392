import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useQuery } from 'urql';
import { DashboardsDocument, type DashboardsQuery } from '../../gql/graphql';
import { firstError, useErrorText } from '../../lib/errors';
import { useMay } from '../../lib/me';
import { useFormat } from '../../lib/use-format';
import { usePages } from '../../lib/use-pages';
import { Button } from '../../ui/button';
import { EmptyState, Failure, Skeleton } from '../../ui/feedback';
import { Page } from '../../ui/page';
import { CreateDashboard } from './create-dashboard';
import { MiniMap } from './mini-map';

const PAGE_SIZE = 24;
const GRID = 'grid gap-3 sm:grid-cols-2 lg:grid-cols-3 2xl:grid-cols-4';

export default function DashboardsPage() {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const mayWrite = useMay('write:dashboards');
  const [creating, setCreating] = useState(false);
  const { cursors, more } = usePages();
  const [first] = useQuery({ query: DashboardsDocument, variables: { first: PAGE_SIZE } });
  const isEmpty = first.data?.dashboards.edges.length === 0;
  const create = (
    <Button variant="primary" icon="plus" onClick={() => setCreating(true)} data-testid="create-dashboard">
      {t('dashboards.create')}
    </Button>
  );

  return (
    <Page title={t('dashboards.title')} subtitle={t('dashboards.subtitle')} actions={mayWrite && !isEmpty && create}>
      {first.error && !first.data && <Failure message={errorText(firstError(first.error))} />}
      {isEmpty ? (
        <EmptyState icon="dashboard" title={t('dashboards.emptyTitle')} action={mayWrite && create}>
          {t(mayWrite ? 'dashboards.emptyText' : 'dashboards.emptyTextReader')}
        </EmptyState>
      ) : (
        <ul className={GRID}>
          {cursors.map((after, index) => (
            <CardPage key={after ?? 'first'} after={after} onMore={index === cursors.length - 1 ? more : undefined} />
          ))}
        </ul>
      )}
      <CreateDashboard open={creating} onOpenChange={setCreating} />
    </Page>
  );
}

function CardPage({ after, onMore }: { after: string | undefined; onMore: ((cursor: string) => void) | undefined }) {
  const { t } = useTranslation();
  const [{ data, fetching }] = useQuery({ query: DashboardsDocument, variables: { first: PAGE_SIZE, after } });
  if (!data) return fetching ? <CardSkeletons /> : null;
  const { edges, pageInfo } = data.dashboards;
  const next = pageInfo.hasNextPage ? pageInfo.endCursor : undefined;
  return (
    <>
      {edges.map(({ node }) => (
        <li key={node.id}>
          <Card dashboard={node} />
        </li>
      ))}
      {onMore && next && (
        <li className="col-span-full flex justify-center pt-2">
          <Button onClick={() => onMore(next)}>{t('action.more')}</Button>
        </li>
      )}
    </>
  );
}

type Dashboard = DashboardsQuery['dashboards']['edges'][number]['node'];

function Card({ dashboard }: { dashboard: Dashboard }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Link
      to={`/dashboards/${dashboard.id}`}
      data-testid="dashboard-link"
      className="card group flex h-full flex-col overflow-hidden transition-colors hover:border-line-strong"
    >
      <div className="flex h-28 items-center justify-center border-b border-line bg-canvas px-5 py-3.5">
        <MiniMap tiles={dashboard.tiles} />
      </div>
      <div className="flex flex-1 flex-col px-4 py-3">
        <div className="truncate font-medium group-hover:text-accent-text">{dashboard.name}</div>
        {dashboard.description && (
          <div className="mt-0.5 line-clamp-2 text-[0.8125rem] text-text-2">{dashboard.description}</div>
        )}
        <div className="mt-auto pt-1.5 text-xs text-text-3">
          {t('dashboards.tiles', { count: dashboard.tiles.length })} · {format.ago(dashboard.updatedAt, Date.now())}
        </div>
      </div>
    </Link>
  );
}

function CardSkeletons() {
  return Array.from({ length: 4 }, (_, index) => (
    <li key={index} className="card overflow-hidden">
      <Skeleton className="h-28 rounded-none" />
      <div className="px-4 py-4">
        <Skeleton className="h-4 w-2/3" />
        <Skeleton className="mt-3 h-3 w-1/3" />
      </div>
    </li>
  ));
}
