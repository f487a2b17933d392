import * as Radix from 'radix-ui/progress';
import { useEffect, useState, type CSSProperties, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button, IconButton } from './button';
import { Icon, type IconName } from './icons';

/** The shape of what is loading. `label` is read out; the boxes themselves are hidden from screen readers. */
export function Skeleton({ className = '', style }: { className?: string; style?: CSSProperties }) {
  return <div aria-hidden="true" style={style} className={`skeleton ${className}`} />;
}

export function SkeletonRows({ rows = 6 }: { rows?: number }) {
  const { t } = useTranslation();
  return (
    <div role="status" aria-label={t('state.loading')} className="card divide-y divide-line">
      {Array.from({ length: rows }, (_, index) => (
        <div key={index} className="flex items-center gap-6 px-4 py-3.5">
          <Skeleton className="h-4 w-1/3" />
          <Skeleton className="h-4 w-1/6" />
          <Skeleton className="ml-auto h-4 w-20" />
        </div>
      ))}
    </div>
  );
}

/** Nothing here yet: says what belongs here and offers the first step. */
export function EmptyState({
  icon,
  title,
  children,
  action,
}: {
  icon: IconName;
  title: string;
  children: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className="card flex flex-col items-center px-6 py-14 text-center">
      <span className="mb-4 flex size-11 items-center justify-center rounded-full bg-accent-soft text-accent-text">
        <Icon name={icon} size={20} />
      </span>
      <h2 className="text-base font-semibold">{title}</h2>
      <p className="mt-1.5 max-w-md text-text-2">{children}</p>
      {action && <div className="mt-5 flex flex-wrap justify-center gap-2">{action}</div>}
    </div>
  );
}

const TONES = {
  info: 'border-line bg-surface text-text-2',
  warn: 'border-warn/30 bg-warn-soft text-warn',
  danger: 'border-danger/30 bg-danger-soft text-danger',
  ok: 'border-ok/30 bg-ok-soft text-ok',
} as const;

export type Tone = keyof typeof TONES;

export function Notice({ tone, children, action }: { tone: Tone; children: ReactNode; action?: ReactNode }) {
  return (
    <div
      role={tone === 'danger' ? 'alert' : 'status'}
      className={`flex items-start gap-2.5 rounded-md border px-3 py-2.5 text-[0.8125rem] ${TONES[tone]}`}
    >
      <Icon name={tone === 'ok' ? 'check' : tone === 'info' ? 'info' : 'warning'} className="mt-0.5 shrink-0" />
      <div className="min-w-0 flex-1 [overflow-wrap:anywhere]">{children}</div>
      {action}
    </div>
  );
}

/** A whole page or card that could not be loaded, with the way on. */
export function Failure({ message, onRetry }: { message: string; onRetry?: () => void }) {
  const { t } = useTranslation();
  return (
    <div className="max-w-2xl">
      <Notice tone="danger" action={onRetry && <Button onClick={onRetry}>{t('action.retry')}</Button>}>
        {message}
      </Notice>
    </div>
  );
}

export function Badge({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <span
      className={`inline-flex h-5 items-center rounded-full border px-2 text-xs font-medium whitespace-nowrap ${TONES[tone]}`}
    >
      {children}
    </span>
  );
}

/** `percent` is 0 to 100; null shows that the total is not known. */
export function ProgressBar({ percent, label }: { percent: number | null; label: string }) {
  return (
    <Radix.Root
      value={percent}
      max={100}
      aria-label={label}
      className="h-1.5 w-full overflow-hidden rounded-full bg-hover"
    >
      <Radix.Indicator
        className={`h-full rounded-full bg-accent transition-[width] duration-300 ${percent === null ? 'skeleton w-1/3' : ''}`}
        style={percent === null ? undefined : { width: `${Math.min(100, Math.max(1, percent))}%` }}
      />
    </Radix.Root>
  );
}

export function CopyButton({ text }: { text: string }) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1_600);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <>
      <IconButton
        icon={copied ? 'check' : 'copy'}
        label={copied ? t('state.copied') : t('action.copy')}
        onClick={() => void copy(text).then(() => setCopied(true))}
      />
      <span role="status" className="sr-only">
        {copied ? t('state.copied') : ''}
      </span>
    </>
  );
}

/** The clipboard API is missing on plain HTTP; selecting in a text area works everywhere. */
async function copy(text: string): Promise<void> {
  if (navigator.clipboard as Clipboard | undefined) return navigator.clipboard.writeText(text);
  const area = document.createElement('textarea');
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
}
