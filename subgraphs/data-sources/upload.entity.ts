import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bigintColumn } from './columns';
import type { FormatName } from './formats/detect-format';

/** A file that came through `POST /upload` and may be imported. */
@Entity({ name: 'upload' })
export class UploadRow {
  @PrimaryColumn({ name: 'tenant_id', type: 'uuid' })
  tenantId!: string;

  @PrimaryColumn({ name: 'file_id', type: 'uuid' })
  fileId!: string;

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'text' })
  format!: FormatName;

  @Column({ ...bigintColumn })
  size!: number;

  @Column({ name: 'created_by', type: 'uuid', nullable: true })
  createdBy!: string | null;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;
}
