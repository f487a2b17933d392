import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { FieldType } from '../kernel/graphql/shared-types';
import { bigintColumn } from './columns';

export type DatasetKindName = 'TABLE' | 'EVENTS';

/** A field as it is kept. `source` is the column of the file it was loaded from. */
export interface StoredField {
  name: string;
  type: FieldType;
  nullable: boolean;
  description: string | null;
  source: string | null;
}

@Entity({ name: 'dataset' })
export class DatasetRow {
  @PrimaryColumn({ name: 'tenant_id', type: 'uuid' })
  tenantId!: string;

  @PrimaryColumn({ type: 'uuid' })
  id!: string;

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'text' })
  label!: string;

  @Column({ type: 'text', nullable: true })
  description!: string | null;

  @Column({ type: 'text' })
  kind!: DatasetKindName;

  @Column({ type: 'jsonb' })
  fields!: StoredField[];

  @Column({ ...bigintColumn, name: 'row_count', nullable: true })
  rowCount!: number | null;

  @Column({ type: 'int' })
  version!: number;

  @Column({ name: 'table_name', type: 'text', nullable: true })
  tableName!: string | null;

  @Column({ name: 'table_counter', type: 'int' })
  tableCounter!: number;

  @Column({ name: 'published_import_id', type: 'uuid', nullable: true })
  publishedImportId!: string | null;

  @Column({ name: 'created_by', type: 'uuid', nullable: true })
  createdBy!: string | null;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @Column({ name: 'updated_at', type: 'timestamptz' })
  updatedAt!: Date;
}
