import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bigintColumn } from './columns';

@Entity({ name: 'import_rejection' })
export class RejectionRow {
  @PrimaryColumn({ name: 'tenant_id', type: 'uuid' })
  tenantId!: string;

  @PrimaryColumn({ name: 'run_id', type: 'uuid' })
  runId!: string;

  @PrimaryColumn({ type: 'int' })
  position!: number;

  @Column({ ...bigintColumn })
  line!: number;

  @Column({ type: 'text', nullable: true })
  column!: string | null;

  @Column({ type: 'text' })
  reason!: string;

  @Column({ type: 'text', nullable: true })
  raw!: string | null;
}
