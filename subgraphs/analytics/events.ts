/**
 * What analytics announces on `domain-events`.
 *
 * - `analytics.dataset_ready` {datasetId, version | modelVersion | deleted}: from now on queries answer from this publication or definition.
 * - `dashboard.changed` {dashboardId, version}; `dashboard.deleted` {dashboardId}.
 */
export const DATASET_READY = 'analytics.dataset_ready';
export const DASHBOARD_CHANGED = 'dashboard.changed';
export const DASHBOARD_DELETED = 'dashboard.deleted';

/** Announces, in the order in which ClickHouse acknowledged them, the events that queries can now see: on `processed-events`. */
export interface ProcessedEvents {
  tenantId: string;
  datasetId: string;
  /** Starts of the 5-minute windows that changed. */
  windows: readonly (string | number)[];
  /** Next offset per partition of `raw-events` that is in the table. */
  versionVector: unknown;
}
