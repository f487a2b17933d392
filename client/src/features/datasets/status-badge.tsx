import { useTranslation } from 'react-i18next';
import type { ImportStatus } from '../../gql/graphql';
import { Badge, type Tone } from '../../ui/feedback';

const TONES: Record<ImportStatus, Tone> = {
  QUEUED: 'info',
  RUNNING: 'info',
  SUCCEEDED: 'ok',
  FAILED: 'danger',
  CANCELLED: 'warn',
};

export function StatusBadge({ status }: { status: ImportStatus }) {
  const { t } = useTranslation();
  return <Badge tone={TONES[status]}>{t(`importStatus.${status}`)}</Badge>;
}
