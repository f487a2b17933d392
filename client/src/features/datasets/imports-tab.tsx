import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useQuery } from 'urql';
import { DatasetImportsDocument, type RunPartsFragment } from '../../gql/graphql';
import { firstError, useErrorText } from '../../lib/errors';
import { useFormat } from '../../lib/use-format';
import { usePages } from '../../lib/use-pages';
import { Button } from '../../ui/button';
import { Failure, SkeletonRows } from '../../ui/feedback';
import { Rejections } from './rejections';
import { isOver, RunProgress, useImportProgress } from './run-progress';
import { StatusBadge } from './status-badge';

const PAGE_SIZE = 20;

export function ImportsTab({ datasetId, mayCancel }: { datasetId: string; mayCancel: boolean }) {
  const { cursors, more } = usePages();
  return (
    <div className="flex flex-col gap-3">
      {cursors.map((after, index) => (
        <RunPage
          key={after ?? 'first'}
          datasetId={datasetId}
          after={after}
          mayCancel={mayCancel}
          onMore={index === cursors.length - 1 ? more : undefined}
        />
      ))}
    </div>
  );
}

function RunPage({
  datasetId,
  after,
  mayCancel,
  onMore,
}: {
  datasetId: string;
  after: string | undefined;
  mayCancel: boolean;
  onMore: ((cursor: string) => void) | undefined;
}) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const [{ data, error }] = useQuery({
    query: DatasetImportsDocument,
    variables: { id: datasetId, first: PAGE_SIZE, after },
    requestPolicy: 'cache-and-network',
  });
  if (error && !data) return <Failure message={errorText(firstError(error))} />;
  if (!data) return <SkeletonRows rows={3} />;
  const imports = data.dataset?.imports;
  const next = imports?.pageInfo.hasNextPage ? imports.pageInfo.endCursor : undefined;
  if (!imports || (imports.edges.length === 0 && !after)) return <p className="text-text-2">{t('imports.none')}</p>;
  return (
    <>
      {imports.edges.map(({ node }) => (
        <RunCard key={node.id} stored={node} mayCancel={mayCancel} />
      ))}
      {onMore && next && (
        <div className="text-center">
          <Button onClick={() => onMore(next)}>{t('action.more')}</Button>
        </div>
      )}
    </>
  );
}

function RunCard({ stored, mayCancel }: { stored: RunPartsFragment; mayCancel: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const run = useImportProgress(stored.id, stored);
  const [open, setOpen] = useState(false);
  if (!run) return null;
  const seconds =
    run.startedAt && run.finishedAt ? (Date.parse(run.finishedAt) - Date.parse(run.startedAt)) / 1000 : undefined;
  return (
    <section className="card px-4 py-3" aria-label={run.fileName}>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1.5">
        <StatusBadge status={run.status} />
        <span className="min-w-0 truncate font-medium">{run.fileName}</span>
        <span className="text-xs text-text-3">{run.format}</span>
        <span className="ml-auto text-xs text-text-3">
          {format.dateTime(run.createdAt)}
          {seconds !== undefined && ` · ${format.duration(seconds)}`}
        </span>
      </div>
      {isOver(run) ? <Outcome run={run} /> : <RunProgress run={run} mayCancel={mayCancel} />}
      {run.rowsRejected > 0 && (
        <>
          <button
            type="button"
            aria-expanded={open}
            className="mt-2 text-[0.8125rem] text-accent-text hover:underline"
            onClick={() => setOpen(!open)}
          >
            {t(open ? 'imports.hideRejections' : 'imports.showRejections')}
          </button>
          {open && <Rejections runId={run.id} />}
        </>
      )}
    </section>
  );
}

/** What came of a run: the counts, and whether they add up. */
export function Outcome({ run }: { run: RunPartsFragment }) {
  const { t } = useTranslation();
  const format = useFormat();
  const errorText = useErrorText();
  return (
    <div className="mt-2 flex flex-wrap gap-x-6 gap-y-1 text-[0.8125rem] text-text-2 tabular-nums">
      {run.status === 'SUCCEEDED' ? (
        <span>{t('imports.loaded', { n: format.integer(run.rowsLoaded) })}</span>
      ) : (
        <span>{t('imports.unpublished')}</span>
      )}
      <span className={run.rowsRejected > 0 ? 'text-warn' : ''}>
        {t('imports.rejected', { n: format.integer(run.rowsRejected) })}
      </span>
      {run.reconciled !== null && (
        <span className={run.reconciled ? 'text-ok' : 'text-danger'}>
          {t(run.reconciled ? 'imports.reconciled' : 'imports.notReconciled')}
        </span>
      )}
      {run.errorMessage && (
        <span className="basis-full text-danger">
          {errorText({ code: run.errorCode ?? 'INTERNAL', message: run.errorMessage })}
        </span>
      )}
    </div>
  );
}
