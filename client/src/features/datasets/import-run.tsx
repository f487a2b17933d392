import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { useSubscription } from 'urql';
import { ImportProgressDocument } from '../../gql/graphql';
import { firstError, useErrorText } from '../../lib/errors';
import { Button } from '../../ui/button';
import { Failure, Skeleton } from '../../ui/feedback';
import { Outcome } from './imports-tab';
import { Rejections } from './rejections';
import { isOver, RunProgress } from './run-progress';
import { StatusBadge } from './status-badge';

/** Watches a run to its end. Leaving the page does not stop it; the dataset's page shows it too. */
export function ImportRun({ runId, onRestart }: { runId: string; onRestart: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const errorText = useErrorText();
  const [{ data, error }] = useSubscription({ query: ImportProgressDocument, variables: { id: runId } });
  const run = data?.importProgress;
  if (error && !run) return <Failure message={errorText(firstError(error))} />;
  if (!run) return <Skeleton className="h-32 max-w-3xl rounded-lg" />;
  const dataset = run.dataset;
  return (
    <div className="max-w-3xl">
      <div className="card px-5 py-4" data-testid="import-run" data-status={run.status}>
        <div className="flex items-center gap-3">
          <StatusBadge status={run.status} />
          <span className="truncate font-medium">{run.fileName}</span>
        </div>
        {isOver(run) ? <Outcome run={run} /> : <RunProgress run={run} mayCancel />}
        {isOver(run) && run.rowsRejected > 0 && <Rejections runId={run.id} />}
      </div>
      {isOver(run) && (
        <div className="mt-4 flex gap-2">
          <Button onClick={onRestart}>{t('import.again')}</Button>
          {run.status === 'SUCCEEDED' && dataset && (
            <Button variant="primary" onClick={() => void navigate(`/datasets/${dataset.id}`)}>
              {t('import.open')}
            </Button>
          )}
        </div>
      )}
    </div>
  );
}
