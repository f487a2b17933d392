import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import type { UploadedFile } from '../../lib/upload';
import { Page } from '../../ui/page';
import { ImportFile } from './import-file';
import { ImportPreview } from './import-preview';
import { ImportRun } from './import-run';

type Step = { at: 'file' } | { at: 'preview'; file: UploadedFile } | { at: 'run'; runId: string };

const STEPS = ['file', 'preview', 'run'] as const;

/** From a file to a dataset in three steps: upload, look at what was found, watch it load. */
export default function ImportPage() {
  const { t } = useTranslation();
  const [search] = useSearchParams();
  const [step, setStep] = useState<Step>({ at: 'file' });
  const restart = (): void => setStep({ at: 'file' });
  return (
    <Page title={t('import.title')} back={{ to: '/datasets', label: t('datasets.title') }}>
      <ol className="mb-5 flex flex-wrap gap-x-6 gap-y-2">
        {STEPS.map((name, index) => (
          <li
            key={name}
            aria-current={step.at === name ? 'step' : undefined}
            className="flex items-center gap-2 text-[0.8125rem] text-text-3 aria-[current=step]:font-medium aria-[current=step]:text-text"
          >
            <span
              className={`flex size-5 items-center justify-center rounded-full text-xs ${step.at === name ? 'bg-accent text-white' : 'bg-hover'}`}
            >
              {index + 1}
            </span>
            {t(`import.step.${name}`)}
          </li>
        ))}
      </ol>
      {step.at === 'file' && <ImportFile onUploaded={(file) => setStep({ at: 'preview', file })} />}
      {step.at === 'preview' && (
        <ImportPreview
          file={step.file}
          fixedName={search.get('name') ?? undefined}
          onBack={restart}
          onStarted={(runId) => setStep({ at: 'run', runId })}
        />
      )}
      {step.at === 'run' && <ImportRun runId={step.runId} onRestart={restart} />}
    </Page>
  );
}
