import { Directive, Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { SafeInt } from '../kernel/graphql/scalars';
import { PageInfo, RunProgress } from '../kernel/graphql/shared-types';
import type { ImportRunRow } from './import-run.entity';
import { progressOf } from './progress-of';
import { User } from './user.type';

export enum ImportStatus {
  QUEUED = 'QUEUED',
  RUNNING = 'RUNNING',
  SUCCEEDED = 'SUCCEEDED',
  FAILED = 'FAILED',
  CANCELLED = 'CANCELLED',
}
registerEnumType(ImportStatus, { name: 'ImportStatus' });

export enum FileFormat {
  CSV = 'CSV',
  JSON = 'JSON',
  NDJSON = 'NDJSON',
  PARQUET = 'PARQUET',
}
registerEnumType(FileFormat, {
  name: 'FileFormat',
  description: 'JSON: a list of objects. NDJSON: one object per line.',
});

@ObjectType('Rejection', { description: 'A row that was not loaded, and why.' })
export class Rejection {
  @Field(() => SafeInt, { description: 'Line of the file, from 1; in Parquet the number of the row.' })
  line!: number;

  @Field(() => String, { nullable: true })
  column!: string | null;

  @Field()
  reason!: string;

  @Field(() => String, { nullable: true, description: 'The beginning of the row as it is in the file.' })
  raw!: string | null;
}

@ObjectType('RejectionEdge')
export class RejectionEdge {
  @Field()
  cursor!: string;

  @Field(() => Rejection)
  node!: Rejection;
}

@ObjectType('RejectionConnection', { description: 'The first 1,000 rejections; all are counted in rowsRejected.' })
export class RejectionConnection {
  @Field(() => [RejectionEdge])
  edges!: RejectionEdge[];

  @Field(() => PageInfo)
  pageInfo!: PageInfo;
}

@ObjectType('ImportRun', { description: 'One import of a file into a dataset.' })
@Directive('@key(fields: "id")')
export class ImportRun {
  @Field(() => ID)
  id!: string;

  /** Not a field: the resolver loads the dataset by it. */
  datasetId!: string;

  @Field(() => ImportStatus)
  status!: ImportStatus;

  @Field(() => FileFormat)
  format!: FileFormat;

  @Field()
  fileName!: string;

  @Field(() => RunProgress)
  progress!: RunProgress;

  @Field(() => SafeInt)
  rowsRead!: number;

  @Field(() => SafeInt)
  rowsLoaded!: number;

  @Field(() => SafeInt)
  rowsRejected!: number;

  @Field(() => SafeInt, { nullable: true, description: 'Rows in the file, when known.' })
  fileRows!: number | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Loaded and rejected rows are those of the file, and the store counts as many as were loaded.',
  })
  reconciled!: boolean | null;

  @Field(() => String, {
    nullable: true,
    description:
      'MISSING_COLUMN, EMPTY_FILE, UNSUPPORTED_FORMAT, MALFORMED_FILE, ALL_ROWS_REJECTED, NOT_RECONCILED, FILE_GONE, INTERRUPTED, UNAVAILABLE or INTERNAL.',
  })
  errorCode!: string | null;

  @Field(() => String, { nullable: true, description: 'What went wrong and what to do next.' })
  errorMessage!: string | null;

  @Field(() => Date, { nullable: true })
  startedAt!: Date | null;

  @Field(() => Date, { nullable: true })
  finishedAt!: Date | null;

  @Field()
  createdAt!: Date;

  @Field(() => User, { nullable: true })
  startedBy!: User | null;
}

@ObjectType('ImportRunEdge')
export class ImportRunEdge {
  @Field()
  cursor!: string;

  @Field(() => ImportRun)
  node!: ImportRun;
}

@ObjectType('ImportRunConnection')
export class ImportRunConnection {
  @Field(() => [ImportRunEdge])
  edges!: ImportRunEdge[];

  @Field(() => PageInfo)
  pageInfo!: PageInfo;
}

export const toImportRun = (row: ImportRunRow): ImportRun => ({
  id: row.id,
  datasetId: row.datasetId,
  status: ImportStatus[row.status],
  format: FileFormat[row.format],
  fileName: row.fileName,
  progress: progressOf(row),
  rowsRead: row.rowsRead,
  rowsLoaded: row.rowsLoaded,
  rowsRejected: row.rowsRejected,
  fileRows: row.fileRows,
  reconciled: row.reconciled,
  errorCode: row.errorCode,
  errorMessage: row.errorMessage,
  startedAt: row.startedAt,
  finishedAt: row.finishedAt,
  createdAt: row.createdAt,
  startedBy: row.startedBy === null ? null : { id: row.startedBy },
});
