import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bigintColumn } from './columns';
import type { StoredField } from './dataset.entity';
import type { FormatName } from './formats/detect-format';
import type { ImportErrorCode } from './formats/import-failure';

export type ImportStatusName = 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED';

/** An upload in the files store, or a path on the machine that the operator gave. */
export type ImportSource = { kind: 'upload'; fileId: string } | { kind: 'local'; path: string };

@Entity({ name: 'import_run' })
export class ImportRunRow {
  @PrimaryColumn({ name: 'tenant_id', type: 'uuid' })
  tenantId!: string;

  @PrimaryColumn({ type: 'uuid' })
  id!: string;

  @Column({ name: 'dataset_id', type: 'uuid' })
  datasetId!: string;

  @Column({ type: 'text' })
  status!: ImportStatusName;

  @Column({ type: 'text' })
  format!: FormatName;

  @Column({ name: 'file_name', type: 'text' })
  fileName!: string;

  @Column({ type: 'jsonb' })
  source!: ImportSource;

  @Column({ type: 'jsonb', nullable: true })
  fields!: StoredField[] | null;

  @Column({ type: 'text', nullable: true })
  label!: string | null;

  @Column({ type: 'text', nullable: true })
  description!: string | null;

  @Column({ type: 'int' })
  attempt!: number;

  @Column({ type: 'text' })
  stage!: string;

  @Column({ ...bigintColumn, name: 'rows_read' })
  rowsRead!: number;

  @Column({ ...bigintColumn, name: 'rows_loaded' })
  rowsLoaded!: number;

  @Column({ ...bigintColumn, name: 'rows_rejected' })
  rowsRejected!: number;

  @Column({ ...bigintColumn, name: 'file_rows', nullable: true })
  fileRows!: number | null;

  @Column({ ...bigintColumn, name: 'bytes_done' })
  bytesDone!: number;

  @Column({ ...bigintColumn, name: 'bytes_total' })
  bytesTotal!: number;

  @Column({ type: 'boolean', nullable: true })
  reconciled!: boolean | null;

  @Column({ name: 'error_code', type: 'text', nullable: true })
  errorCode!: ImportErrorCode | null;

  @Column({ name: 'error_message', type: 'text', nullable: true })
  errorMessage!: string | null;

  @Column({ name: 'idempotency_key', type: 'text', nullable: true })
  idempotencyKey!: string | null;

  @Column({ name: 'input_hash', type: 'text', nullable: true })
  inputHash!: string | null;

  @Column({ name: 'started_by', type: 'uuid', nullable: true })
  startedBy!: string | null;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @Column({ name: 'started_at', type: 'timestamptz', nullable: true })
  startedAt!: Date | null;

  @Column({ name: 'finished_at', type: 'timestamptz', nullable: true })
  finishedAt!: Date | null;

  @Column({ name: 'heartbeat_at', type: 'timestamptz', nullable: true })
  heartbeatAt!: Date | null;
}

export const isFinished = (status: ImportStatusName): boolean => status !== 'QUEUED' && status !== 'RUNNING';
