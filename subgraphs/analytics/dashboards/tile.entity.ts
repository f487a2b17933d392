import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { MetricQuery } from '../query/metric-query.input';
import type { TileKind, TileLayout } from './dashboard.inputs';

@Entity('tiles')
export class TileEntity {
  @PrimaryColumn({ name: 'tenant_id', type: 'uuid' })
  tenantId!: string;

  @PrimaryColumn({ type: 'uuid' })
  id!: string;

  @Column({ name: 'dashboard_id', type: 'uuid' })
  dashboardId!: string;

  @Column({ type: 'text' })
  title!: string;

  @Column({ type: 'text' })
  kind!: TileKind;

  /** Normalised and checked against the model when it was saved. */
  @Column({ type: 'jsonb' })
  query!: MetricQuery;

  @Column({ type: 'jsonb' })
  layout!: TileLayout;

  @Column({ type: 'jsonb' })
  options!: Record<string, unknown>;
}
