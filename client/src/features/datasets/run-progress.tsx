import { useTranslation } from 'react-i18next';
import { useMutation, useSubscription } from 'urql';
import { CancelImportDocument, ImportProgressDocument, type RunPartsFragment } from '../../gql/graphql';
import { useFormat } from '../../lib/use-format';
import { Button } from '../../ui/button';
import { ProgressBar } from '../../ui/feedback';

export const isOver = (run: Pick<RunPartsFragment, 'status'>): boolean =>
  run.status === 'SUCCEEDED' || run.status === 'FAILED' || run.status === 'CANCELLED';

/** The newest state of a run: what the subscription says, else what is stored. A run that is over is not subscribed to. */
export function useImportProgress(id: string | undefined, stored?: RunPartsFragment): RunPartsFragment | undefined {
  const [{ data }] = useSubscription({
    query: ImportProgressDocument,
    variables: { id: id ?? '' },
    pause: !id || (stored !== undefined && isOver(stored)),
  });
  return data?.importProgress.id === id ? data?.importProgress : stored;
}

/** Stage, bar, counts, time left, and the way out. */
export function RunProgress({ run, mayCancel }: { run: RunPartsFragment; mayCancel: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [{ fetching }, cancel] = useMutation(CancelImportDocument);
  const { progress } = run;
  const facts = [
    progress.rowsTotal === null
      ? t('imports.rowsDone', { done: format.integer(progress.rowsDone) })
      : t('imports.rowsOf', { done: format.integer(progress.rowsDone), total: format.integer(progress.rowsTotal) }),
    progress.rowsPerSecond ? t('imports.speed', { n: format.integer(progress.rowsPerSecond) }) : undefined,
    progress.secondsLeft !== null ? t('imports.left', { time: format.duration(progress.secondsLeft) }) : undefined,
  ].filter((fact) => fact !== undefined);
  return (
    <div className="mt-3" data-testid="import-progress" data-status={run.status}>
      <div className="mb-1.5 flex items-baseline justify-between gap-4 text-[0.8125rem]">
        <span className="font-medium">{stageName(progress.stage)}</span>
        <span className="text-text-3 tabular-nums">
          {progress.percent === null ? '' : format.percent(progress.percent / 100)}
        </span>
      </div>
      <ProgressBar percent={progress.percent} label={t('imports.progress')} />
      <div className="mt-1.5 flex flex-wrap items-center justify-between gap-2 text-xs text-text-3 tabular-nums">
        <span aria-live="off">{facts.join(' · ')}</span>
        {mayCancel && (
          <Button busy={fetching} className="h-7 px-2.5 text-xs" onClick={() => void cancel({ input: { id: run.id } })}>
            {t('imports.cancel')}
          </Button>
        )}
      </div>
    </div>
  );

  function stageName(stage: string): string {
    switch (stage.toLowerCase()) {
      case 'queued':
        return t('stage.queued');
      case 'opening':
      case 'reading the schema':
        return t('stage.reading');
      case 'loading':
        return t('stage.loading');
      case 'reconciling':
        return t('stage.checking');
      default:
        return stage;
    }
  }
}
