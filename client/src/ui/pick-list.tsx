import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Skeleton } from './feedback';
import { Icon } from './icons';

export interface PickOption {
  value: string;
  label: string;
  detail?: string;
}

export interface PickListProps {
  label: string;
  options: readonly PickOption[];
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
  loading?: boolean;
  error?: string | undefined;
  empty: string;
}

/** With more options than this, a filter helps. */
const MANY = 8;

/** Several out of many: checkboxes in a box that scrolls, the chosen ones in the order of choosing. */
export function PickList({ label, options, chosen, onChange, loading, error, empty }: PickListProps) {
  const { t } = useTranslation();
  const id = useId();
  const [filter, setFilter] = useState('');
  const needle = filter.trim().toLowerCase();
  // What is chosen but no longer offered must still be possible to take away.
  const gone = loading ? [] : chosen.filter((value) => !options.some((option) => option.value === value));
  const all = [...options, ...gone.map((value) => ({ value, label: value, detail: t('state.gone') }))];
  const shown = all.filter((option) => `${option.label} ${option.value}`.toLowerCase().includes(needle));
  const toggle = (value: string): void =>
    onChange(chosen.includes(value) ? chosen.filter((one) => one !== value) : [...chosen, value]);
  return (
    <fieldset aria-describedby={error ? `${id}-error` : undefined}>
      <legend className="mb-1.5 text-[0.8125rem] font-medium text-text-2">
        {label}
        {chosen.length > 0 && <span className="ml-1.5 text-text-3">{chosen.length}</span>}
      </legend>
      <div className={`overflow-hidden rounded-md border bg-surface ${error ? 'border-danger' : 'border-control'}`}>
        {options.length > MANY && (
          <label className="flex items-center gap-2 border-b border-line px-2.5 text-text-3">
            <Icon name="search" size={14} />
            <span className="sr-only">{t('action.filter')}</span>
            <input
              className="h-8 w-full bg-transparent text-[0.8125rem] text-text outline-none placeholder:text-text-3"
              placeholder={t('action.filter')}
              value={filter}
              onChange={(event) => setFilter(event.target.value)}
            />
          </label>
        )}
        <div className="max-h-36 overflow-y-auto p-1">
          {loading && <Skeleton className="m-1.5 h-4 w-2/3" />}
          {!loading && options.length === 0 && <p className="px-2 py-1.5 text-[0.8125rem] text-text-3">{empty}</p>}
          {shown.map((option) => (
            <label
              key={option.value}
              className="flex h-8 cursor-pointer items-center gap-2.5 rounded px-2 text-[0.8125rem] hover:bg-hover has-focus-visible:bg-hover"
            >
              <input
                type="checkbox"
                className="size-3.5 accent-[var(--accent)]"
                checked={chosen.includes(option.value)}
                onChange={() => toggle(option.value)}
              />
              <span className="min-w-0 flex-1 truncate">{option.label}</span>
              {option.detail && <span className="text-[0.6875rem] text-text-3">{option.detail.toLowerCase()}</span>}
            </label>
          ))}
        </div>
      </div>
      {error && (
        <p id={`${id}-error`} role="alert" className="mt-1.5 text-[0.8125rem] text-danger">
          {error}
        </p>
      )}
    </fieldset>
  );
}
