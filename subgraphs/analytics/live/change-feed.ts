import { z } from 'zod';
import { TOPICS, type StoredRecord } from '../../kernel/log/log';
import type { SubgraphRuntime } from '../../kernel/subgraph';
import { DASHBOARD_CHANGED, DASHBOARD_DELETED, DATASET_READY } from '../events';
import type { DataVersions } from '../query/data-versions';
import { tailTopic } from './tail-topic';

/** What open streams have to know, in every process. */
export interface ChangeListener {
  /** Answers about this dataset may be others now. */
  datasetChanged(tenantId: string, datasetId: string): void;
  dashboardChanged(tenantId: string, dashboardId: string): void;
  /** Changes were missed: everything may have changed. */
  allChanged(): void;
}

const processed = z.object({ tenantId: z.string(), datasetId: z.string(), versionVector: z.unknown() });
const domainEvent = z.object({
  tenantId: z.string(),
  type: z.string(),
  payload: z.looseObject({ datasetId: z.string().optional(), dashboardId: z.string().optional() }),
});

/** Follows `processed-events` and `domain-events` whole and tells the listener. Resolves when no later change can be missed. */
export async function followChanges(
  { stores, logger }: Pick<SubgraphRuntime, 'stores' | 'logger'>,
  versions: DataVersions,
  listener: ChangeListener,
): Promise<{ stop(): Promise<void> }> {
  const { log } = stores;
  const onGap = () => {
    versions.forget();
    listener.allChanged();
  };
  const events = await tailTopic({
    log,
    logger,
    topic: TOPICS.processedEvents.name,
    onCurrent: (current) => (current ? versions.connected() : versions.disconnected()),
    onGap,
    onRecord({ value }: StoredRecord) {
      const { tenantId, datasetId, versionVector } = processed.parse(value);
      versions.learn(tenantId, datasetId, versionVector);
      listener.datasetChanged(tenantId, datasetId);
    },
  });
  const domain = await tailTopic({
    log,
    logger,
    topic: TOPICS.domainEvents.name,
    onGap,
    onRecord({ value }: StoredRecord) {
      const { tenantId, type, payload } = domainEvent.parse(value);
      const { datasetId, dashboardId } = payload;
      if (type === DATASET_READY && datasetId) listener.datasetChanged(tenantId, datasetId);
      const ofDashboard = type === DASHBOARD_CHANGED || type === DASHBOARD_DELETED;
      if (ofDashboard && dashboardId) listener.dashboardChanged(tenantId, dashboardId);
    },
  });
  return {
    async stop() {
      await Promise.all([events.stop(), domain.stop()]);
    },
  };
}
