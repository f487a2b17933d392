import type { RunProgress } from '../kernel/graphql/shared-types';
import type { ImportRunRow } from './import-run.entity';

/** How far a run has come, with its speed and what is left at that speed. Percent follows bytes, or rows where only those move. */
export function progressOf(run: ImportRunRow): RunProgress {
  const until = run.finishedAt ?? run.heartbeatAt;
  const seconds = run.startedAt && until ? (until.getTime() - run.startedAt.getTime()) / 1_000 : 0;
  const share = shareOf(run);
  const active = run.status === 'QUEUED' || run.status === 'RUNNING';
  return {
    stage: run.stage,
    rowsDone: run.rowsRead,
    rowsTotal: run.fileRows,
    bytesDone: run.bytesDone,
    bytesTotal: run.bytesTotal,
    rowsPerSecond: seconds > 0 ? Math.round(run.rowsRead / seconds) : null,
    secondsLeft:
      active && share !== null && share > 0 && seconds > 0 ? Math.round((seconds / share) * (1 - share)) : null,
    percent: share === null ? null : Math.round(share * 1_000) / 10,
  };
}

function shareOf(run: ImportRunRow): number | null {
  if (run.status === 'SUCCEEDED') return 1;
  const rows = run.fileRows ? run.rowsRead / run.fileRows : null;
  const bytes = run.bytesTotal > 0 ? run.bytesDone / run.bytesTotal : null;
  const share = rows ?? bytes;
  return share === null ? null : Math.min(share, 1);
}
