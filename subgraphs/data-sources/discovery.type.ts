import { Field, ObjectType } from 'type-graphql';
import { Json, SafeInt } from '../kernel/graphql/scalars';
import { DatasetField } from './dataset.type';
import type { Discovery } from './formats/discover';
import { FileFormat } from './import-run.type';

@ObjectType('FileDiscovery', { description: 'What a file looks like from the inside.' })
export class FileDiscovery {
  @Field(() => FileFormat)
  format!: FileFormat;

  @Field(() => [DatasetField], { description: 'Inferred from the beginning of the file.' })
  fields!: DatasetField[];

  @Field(() => [Json], { description: 'The first rows by those fields.' })
  sampleRows!: unknown[];

  @Field(() => SafeInt, {
    nullable: true,
    description: 'Rows in the file, when that is known without reading it whole.',
  })
  rowCount!: number | null;
}

export const toFileDiscovery = ({ format, columns, sampleRows, rowCount }: Discovery): FileDiscovery => ({
  format: FileFormat[format],
  fields: columns.map((column) => ({ ...column, description: null })),
  sampleRows,
  rowCount,
});
