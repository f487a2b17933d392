import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import type { TileKind, TimeGrain } from '../../gql/graphql';
import { Skeleton } from '../../ui/feedback';
import { NumberBody } from '../charts/number';
import type { ResultData } from '../charts/series';
import { TableBody } from '../charts/table';

// ECharts is the largest part of the app: only a dashboard that has a chart loads it.
const Chart = lazy(() => import('../charts/chart'));

export interface TileBodyProps {
  kind: TileKind;
  title: string;
  data: ResultData | undefined;
  grain: TimeGrain | null | undefined;
}

/** What a tile shows for a result; a skeleton of the same shape until there is one. */
export function TileBody({ kind, title, data, grain }: TileBodyProps) {
  const { t } = useTranslation();
  if (!data) return <TileSkeleton kind={kind} />;
  if (data.rows.length === 0) {
    return <p className="flex h-full items-center justify-center px-6 text-center text-text-3">{t('tile.noRows')}</p>;
  }
  if (kind === 'NUMBER') return <NumberBody data={data} grain={grain} />;
  if (kind === 'TABLE') return <TableBody data={data} grain={grain} />;
  return (
    <Suspense fallback={<TileSkeleton kind={kind} />}>
      <div className="h-full min-h-0 px-2 pb-2">
        <Chart kind={kind} title={title} data={data} grain={grain} />
      </div>
    </Suspense>
  );
}

export function TileSkeleton({ kind }: { kind: TileKind }) {
  if (kind === 'NUMBER') {
    return (
      <div className="px-4">
        <Skeleton className="h-8 w-28" />
        <Skeleton className="mt-2 h-3 w-20" />
      </div>
    );
  }
  if (kind === 'PIE') {
    return (
      <div className="flex h-full items-center px-6 pb-4">
        <Skeleton className="aspect-square h-4/5 max-h-44 rounded-full" />
      </div>
    );
  }
  return (
    <div className="flex h-full items-end gap-2 px-4 pb-4">
      {[40, 55, 48, 70, 62, 80, 74, 90].map((height) => (
        <Skeleton key={height} className="flex-1" style={{ height: `${height}%` }} />
      ))}
    </div>
  );
}
