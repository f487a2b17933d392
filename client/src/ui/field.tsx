import { useId, type InputHTMLAttributes, type ReactNode } from 'react';

export interface FieldProps {
  label: string;
  hint?: string;
  error?: string | undefined;
  /** Gets the ids that tie the control to its label, hint and error. */
  children: (ids: { id: string; 'aria-describedby': string | undefined; 'aria-invalid': boolean }) => ReactNode;
}

/** Label, control, hint and error in one rhythm; the error takes the hint's place. */
export function Field({ label, hint, error, children }: FieldProps) {
  const id = useId();
  const note = error ?? hint;
  return (
    <div>
      <label htmlFor={id} className="mb-1.5 block text-[0.8125rem] font-medium text-text-2">
        {label}
      </label>
      {children({ id, 'aria-describedby': note ? `${id}-note` : undefined, 'aria-invalid': error !== undefined })}
      {note && (
        <p
          id={`${id}-note`}
          role={error ? 'alert' : undefined}
          className={`mt-1.5 text-[0.8125rem] ${error ? 'text-danger' : 'text-text-3'}`}
        >
          {note}
        </p>
      )}
    </div>
  );
}

export function TextField({
  label,
  hint,
  error,
  ...input
}: InputHTMLAttributes<HTMLInputElement> & { label: string; hint?: string; error?: string | undefined }) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(ids) => <input className="control" {...ids} {...input} />}
    </Field>
  );
}
