import { useId, useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { CombinedError } from 'urql';
import { byField, firstError, useErrorText, type UserError } from '../../lib/errors';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { Notice } from '../../ui/feedback';
import { Field, TextField } from '../../ui/field';

export interface DashboardValues {
  name: string;
  description: string;
}

export interface DashboardFormProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  description?: string;
  action: string;
  initial?: DashboardValues;
  save: (values: DashboardValues) => Promise<{ error?: CombinedError; userErrors?: readonly UserError[] | undefined }>;
}

/** Name and description, for a new dashboard and an old one. Closes when saved. */
export function DashboardForm(props: DashboardFormProps) {
  const { t } = useTranslation();
  const formId = useId();
  const [busy, setBusy] = useState(false);
  return (
    <Dialog
      open={props.open}
      onOpenChange={props.onOpenChange}
      title={props.title}
      description={props.description}
      footer={
        <>
          <Button onClick={() => props.onOpenChange(false)}>{t('action.cancel')}</Button>
          <Button type="submit" form={formId} variant="primary" busy={busy} data-testid="dashboard-save">
            {props.action}
          </Button>
        </>
      }
    >
      <Form {...props} formId={formId} onBusy={setBusy} />
    </Dialog>
  );
}

/** Inside the dialog, so that its state ends with it. */
function Form({
  initial,
  save,
  onOpenChange,
  formId,
  onBusy,
}: DashboardFormProps & { formId: string; onBusy: (busy: boolean) => void }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const [values, setValues] = useState<DashboardValues>(initial ?? { name: '', description: '' });
  const [errors, setErrors] = useState<readonly UserError[]>([]);
  const { fields, others } = byField(errors, ['name', 'description'] as const);

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (!values.name.trim()) return setErrors([{ code: 'REQUIRED', field: ['name'], message: t('form.required') }]);
    onBusy(true);
    const { error, userErrors = [] } = await save({ name: values.name.trim(), description: values.description.trim() });
    onBusy(false);
    if (error) return setErrors([firstError(error)]);
    setErrors(userErrors);
    if (userErrors.length === 0) onOpenChange(false);
  };

  return (
    <form id={formId} noValidate className="flex flex-col gap-4" onSubmit={(event) => void submit(event)}>
      {others.map((error) => (
        <Notice key={error.code} tone="danger">
          {errorText(error)}
        </Notice>
      ))}
      <TextField
        label={t('form.name')}
        value={values.name}
        maxLength={120}
        autoFocus
        data-testid="dashboard-name"
        onChange={(event) => setValues({ ...values, name: event.target.value })}
        error={fields.name && errorText(fields.name)}
      />
      <Field label={t('form.description')} error={fields.description && errorText(fields.description)}>
        {(ids) => (
          <textarea
            {...ids}
            rows={3}
            maxLength={500}
            className="control h-auto py-2"
            value={values.description}
            onChange={(event) => setValues({ ...values, description: event.target.value })}
          />
        )}
      </Field>
    </form>
  );
}
