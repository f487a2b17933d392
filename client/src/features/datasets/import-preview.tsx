import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMutation, useQuery } from 'urql';
import { DiscoverFileDocument, ImportDatasetDocument, type FieldType } from '../../gql/graphql';
import { byField, firstError, useErrorText, type UserError } from '../../lib/errors';
import { useFormat } from '../../lib/use-format';
import type { UploadedFile } from '../../lib/upload';
import { Button } from '../../ui/button';
import { Failure, Notice, SkeletonRows } from '../../ui/feedback';
import { TextField } from '../../ui/field';
import {
  FIELD_TYPES,
  fieldInputs,
  fieldsOf,
  isName,
  labelFrom,
  nameFrom,
  type Discovery,
  type FieldDraft,
} from './import-draft';

export interface ImportPreviewProps {
  file: UploadedFile;
  /** Set when an existing dataset gets a new version. */
  fixedName: string | undefined;
  onBack: () => void;
  onStarted: (runId: string) => void;
}

export function ImportPreview(props: ImportPreviewProps) {
  const errorText = useErrorText();
  const [{ data, error }] = useQuery({ query: DiscoverFileDocument, variables: { fileId: props.file.fileId } });
  if (error) return <Failure message={errorText(firstError(error))} onRetry={props.onBack} />;
  if (!data) return <SkeletonRows rows={8} />;
  return <Preview {...props} discovery={data.discoverFile} />;
}

function Preview({ file, fixedName, onBack, onStarted, discovery }: ImportPreviewProps & { discovery: Discovery }) {
  const { t } = useTranslation();
  const format = useFormat();
  const errorText = useErrorText();
  const [name, setName] = useState(fixedName ?? nameFrom(file.name));
  const [label, setLabel] = useState(labelFrom(file.name));
  const [fields, setFields] = useState<FieldDraft[]>(() => fieldsOf(discovery));
  const [errors, setErrors] = useState<readonly UserError[]>([]);
  const [{ fetching }, start] = useMutation(ImportDatasetDocument);
  const sorted = byField(errors, ['name', 'label'] as const);
  // One key for this preview: pressing twice, or again after a lost answer, starts one import.
  const [idempotencyKey] = useState(() => `${file.fileId}:${Math.random().toString(36).slice(2)}`);

  const submit = async (): Promise<void> => {
    if (!isName(name)) return setErrors([{ code: 'INVALID_INPUT', field: ['name'], message: t('import.badName') }]);
    const input = {
      fileId: file.fileId,
      name,
      label: label.trim() || name,
      format: discovery.format,
      fields: fieldInputs(fields),
      idempotencyKey,
    };
    const { data, error } = await start(
      { input },
      { additionalTypenames: ['Dataset', 'DatasetConnection', 'ImportRun'] },
    );
    if (error) return setErrors([firstError(error)]);
    setErrors(data?.importDataset.userErrors ?? []);
    if (data?.importDataset.importRun) onStarted(data.importDataset.importRun.id);
  };
  const change = (source: string, patch: Partial<FieldDraft>): void =>
    setFields(fields.map((field) => (field.source === source ? { ...field, ...patch } : field)));

  return (
    <div className="flex flex-col gap-5">
      {sorted.others.map((error) => (
        <Notice key={error.message} tone="danger">
          {errorText(error)}
        </Notice>
      ))}
      <div className="grid max-w-3xl gap-4 sm:grid-cols-2">
        <TextField
          label={t('import.label')}
          value={label}
          maxLength={120}
          onChange={(event) => setLabel(event.target.value)}
          error={sorted.fields.label && errorText(sorted.fields.label)}
        />
        <TextField
          label={t('import.name')}
          hint={t(fixedName ? 'import.nameFixed' : 'import.nameHint')}
          value={name}
          readOnly={fixedName !== undefined}
          className="control font-mono"
          data-testid="import-name"
          onChange={(event) => setName(event.target.value)}
          error={sorted.fields.name && errorText(sorted.fields.name)}
        />
      </div>
      <div>
        <div className="mb-2 flex flex-wrap items-baseline justify-between gap-2">
          <h2 className="font-semibold">{t('import.fields')}</h2>
          <span className="text-xs text-text-3 tabular-nums">
            {file.name} · {discovery.format} · {format.bytes(file.size)}
            {discovery.rowCount !== null && ` · ${t('import.rowCount', { n: format.integer(discovery.rowCount) })}`}
          </span>
        </div>
        <FieldTable discovery={discovery} fields={fields} onChange={change} />
      </div>
      <div className="flex gap-2">
        <Button onClick={onBack}>{t('import.otherFile')}</Button>
        <Button variant="primary" busy={fetching} onClick={() => void submit()} data-testid="import-start">
          {t('import.start')}
        </Button>
      </div>
    </div>
  );
}

const SAMPLES = 3;

function FieldTable({
  discovery,
  fields,
  onChange,
}: {
  discovery: Discovery;
  fields: readonly FieldDraft[];
  onChange: (source: string, patch: Partial<FieldDraft>) => void;
}) {
  const { t } = useTranslation();
  return (
    <div className="card max-h-[32rem] overflow-auto">
      <table className="data-table">
        <thead className="sticky top-0 z-10 bg-surface">
          <tr>
            <th scope="col">{t('import.include')}</th>
            <th scope="col">{t('field.name')}</th>
            <th scope="col">{t('field.type')}</th>
            <th scope="col">{t('import.samples')}</th>
          </tr>
        </thead>
        <tbody>
          {fields.map((field) => (
            <tr key={field.source} className={field.included ? '' : 'opacity-50'}>
              <td>
                <input
                  type="checkbox"
                  className="size-4 accent-[var(--accent)]"
                  aria-label={t('import.includeField', { name: field.source })}
                  checked={field.included}
                  onChange={() => onChange(field.source, { included: !field.included })}
                />
              </td>
              <td className="font-mono text-xs">
                {field.name}
                {field.nullable && <span className="text-text-3"> · {t('field.optional')}</span>}
              </td>
              <td>
                <select
                  aria-label={t('import.typeOf', { name: field.source })}
                  className="control h-8 w-36 px-2 text-[0.8125rem]"
                  disabled={!field.included}
                  value={field.type}
                  onChange={(event) => onChange(field.source, { type: event.target.value as FieldType })}
                >
                  {FIELD_TYPES.map((type) => (
                    <option key={type} value={type}>
                      {t(`fieldType.${type}`)}
                    </option>
                  ))}
                </select>
              </td>
              <td className="max-w-80 truncate font-mono text-xs text-text-3">{samples(discovery, field.source)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A few values of a column. A sample row is an object by column name, or a list in the order of the fields. */
function samples(discovery: Discovery, source: string): string {
  const index = discovery.fields.findIndex((field) => field.name === source);
  return discovery.sampleRows
    .slice(0, SAMPLES)
    .map((row) => (Array.isArray(row) ? (row as unknown[])[index] : (row as Record<string, unknown> | null)?.[source]))
    .map((value) =>
      value === null || value === undefined ? '–' : typeof value === 'string' ? value : JSON.stringify(value),
    )
    .join(' · ');
}
