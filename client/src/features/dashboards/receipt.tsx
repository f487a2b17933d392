import { useTranslation } from 'react-i18next';
import { useFormat } from '../../lib/use-format';
import { IconButton } from '../../ui/button';
import { Badge } from '../../ui/feedback';
import { Popover } from '../../ui/popover';
import type { Receipt } from '../live/live-reducer';

/** The proof behind an answer: how fresh, computed from what, at which cost. */
export function ReceiptPopover({ receipt, receivedAt }: { receipt: Receipt; receivedAt: number | undefined }) {
  const { t } = useTranslation();
  return (
    <Popover label={t('receipt.title')} trigger={<IconButton icon="receipt" label={t('receipt.title')} />}>
      <ReceiptList receipt={receipt} receivedAt={receivedAt} />
    </Popover>
  );
}

function ReceiptList({ receipt, receivedAt }: { receipt: Receipt; receivedAt: number | undefined }) {
  const { t } = useTranslation();
  const format = useFormat();
  const lines: [string, string | undefined][] = [
    [t('receipt.freshness'), receipt.freshness ? format.dateTime(receipt.freshness) : undefined],
    [t('receipt.watermark'), receipt.watermark ? format.dateTime(receipt.watermark) : undefined],
    [t('receipt.received'), receivedAt ? format.time(receivedAt) : undefined],
    [t('receipt.rows'), format.integer(receipt.rowsScanned)],
    [t('receipt.bytes'), format.bytes(receipt.bytesScanned)],
    [t('receipt.elapsed'), format.milliseconds(receipt.elapsedMs)],
    [t('receipt.cost'), format.decimal(receipt.cost, 4)],
    [t('receipt.cache'), t(`receipt.cacheState.${receipt.cache}`)],
    [t('receipt.policies'), receipt.policies.join(', ') || undefined],
  ];
  return (
    <div>
      <div className="mb-2 flex items-center justify-between">
        <h3 className="text-[0.8125rem] font-semibold">{t('receipt.title')}</h3>
        <Badge tone={receipt.stale ? 'warn' : 'ok'}>{t(receipt.stale ? 'receipt.stale' : 'receipt.current')}</Badge>
      </div>
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-xs">
        {lines.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-text-3">{name}</dt>
            <dd className="truncate text-right tabular-nums">{value ?? '–'}</dd>
          </div>
        ))}
      </dl>
      <div
        className="mt-2 truncate border-t border-line pt-2 font-mono text-[0.6875rem] text-text-3"
        title={receipt.version}
      >
        {t('receipt.version', { version: receipt.version })}
      </div>
    </div>
  );
}
