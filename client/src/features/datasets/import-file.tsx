import { useEffect, useRef, useState, type DragEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useErrorText } from '../../lib/errors';
import { UploadError, uploadFile, type UploadedFile, type UploadProgress } from '../../lib/upload';
import { useFormat } from '../../lib/use-format';
import { Button } from '../../ui/button';
import { Notice, ProgressBar } from '../../ui/feedback';
import { Icon } from '../../ui/icons';

const ACCEPT = '.csv,.tsv,.json,.ndjson,.jsonl,.parquet';

interface Sending {
  file: File;
  abort: AbortController;
  progress: UploadProgress;
}

export function ImportFile({ onUploaded }: { onUploaded: (file: UploadedFile) => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const errorText = useErrorText();
  const input = useRef<HTMLInputElement>(null);
  const [sending, setSending] = useState<Sending>();
  const [error, setError] = useState<{ code: string; message: string }>();
  const [over, setOver] = useState(false);
  const current = useRef<AbortController>(undefined);
  useEffect(() => () => current.current?.abort(), []);

  const start = async (file: File | undefined): Promise<void> => {
    if (!file) return;
    const abort = (current.current = new AbortController());
    setError(undefined);
    setSending({ file, abort, progress: { sent: 0, total: file.size } });
    try {
      onUploaded(await uploadFile(file, (progress) => setSending({ file, abort, progress }), abort.signal));
    } catch (thrown) {
      setSending(undefined);
      if (thrown instanceof UploadError) setError(thrown);
      else if (!abort.signal.aborted) setError({ code: 'NETWORK', message: '' });
    }
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    void start(event.dataTransfer.files[0]);
  };

  if (sending) {
    const percent = (100 * sending.progress.sent) / Math.max(1, sending.progress.total);
    return (
      <div className="card max-w-2xl px-5 py-5">
        <div className="mb-2 flex justify-between gap-4">
          <span className="truncate font-medium">{sending.file.name}</span>
          <span className="shrink-0 text-text-3 tabular-nums">
            {format.bytes(sending.progress.sent)} / {format.bytes(sending.progress.total)}
          </span>
        </div>
        <ProgressBar percent={percent} label={t('import.uploading')} />
        <div className="mt-3 flex justify-end">
          <Button onClick={() => sending.abort.abort()}>{t('action.cancel')}</Button>
        </div>
      </div>
    );
  }
  return (
    <div className="max-w-2xl">
      {error && (
        <div className="mb-4">
          <Notice tone="danger">{errorText(error)}</Notice>
        </div>
      )}
      <div
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
        className={`flex flex-col items-center rounded-lg border-2 border-dashed px-6 py-14 text-center transition-colors ${over ? 'border-accent-text bg-accent-soft' : 'border-line-strong bg-surface'}`}
      >
        <Icon name="upload" size={28} className="mb-4 text-accent-text" />
        <p className="text-base font-medium">{t('import.drop')}</p>
        <p className="mt-1 mb-5 text-text-3">{t('import.limits')}</p>
        <Button variant="primary" onClick={() => input.current?.click()}>
          {t('import.choose')}
        </Button>
        <input
          ref={input}
          type="file"
          accept={ACCEPT}
          className="sr-only"
          tabIndex={-1}
          aria-label={t('import.choose')}
          data-testid="import-file-input"
          onChange={(event) => void start(event.target.files?.[0])}
        />
      </div>
    </div>
  );
}
