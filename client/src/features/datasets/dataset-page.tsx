import * as Tabs from 'radix-ui/tabs';
import { useTranslation } from 'react-i18next';
import { useNavigate, useParams, useSearchParams } from 'react-router';
import { useQuery } from 'urql';
import { PageSkeleton } from '../../app/page-skeleton';
import { DatasetDocument, type DatasetQuery } from '../../gql/graphql';
import { firstError, useErrorText } from '../../lib/errors';
import { useMay } from '../../lib/me';
import { useFormat } from '../../lib/use-format';
import { Button } from '../../ui/button';
import { EmptyState, Failure } from '../../ui/feedback';
import { Page } from '../../ui/page';
import { ImportsTab } from './imports-tab';
import { SchemaTab, SemanticsTab } from './schema-tab';

const TABS = ['schema', 'metrics', 'imports'] as const;

export default function DatasetPage() {
  const { t } = useTranslation();
  const { id = '' } = useParams();
  const errorText = useErrorText();
  const [{ data, error, fetching }, refetch] = useQuery({
    query: DatasetDocument,
    variables: { id },
    requestPolicy: 'cache-and-network',
  });
  const back = { to: '/datasets', label: t('datasets.title') };
  if (data?.dataset?.id === id) return <Details key={id} dataset={data.dataset} back={back} />;
  if (error) {
    return (
      <Page title={t('dataset.title')} back={back}>
        <Failure message={errorText(firstError(error))} onRetry={() => refetch({ requestPolicy: 'network-only' })} />
      </Page>
    );
  }
  if (fetching || !data) return <PageSkeleton />;
  return (
    <Page title={t('dataset.title')} back={back}>
      <EmptyState icon="search" title={t('dataset.goneTitle')}>
        {t('dataset.goneText')}
      </EmptyState>
    </Page>
  );
}

export type DatasetDetails = NonNullable<DatasetQuery['dataset']>;

function Details({ dataset, back }: { dataset: DatasetDetails; back: { to: string; label: string } }) {
  const { t } = useTranslation();
  const format = useFormat();
  const navigate = useNavigate();
  const mayWrite = useMay('write:data');
  const [search, setSearch] = useSearchParams();
  const tab = TABS.find((name) => name === search.get('tab')) ?? 'schema';
  const facts: [string, string][] = [
    [t('dataset.rows'), dataset.rowCount === null ? '–' : format.integer(dataset.rowCount)],
    [t('dataset.fields'), format.integer(dataset.fields.length)],
    [t('dataset.kind'), t(`datasetKind.${dataset.kind}`)],
    [t('dataset.version'), format.integer(dataset.version)],
    [t('dataset.updated'), format.dateTime(dataset.updatedAt)],
  ];
  return (
    <Page
      title={dataset.label}
      subtitle={
        <>
          <code className="font-mono text-xs">{dataset.name}</code>
          {dataset.description && <span> · {dataset.description}</span>}
        </>
      }
      back={back}
      actions={
        mayWrite &&
        dataset.kind === 'TABLE' && (
          <Button icon="upload" onClick={() => void navigate(`/datasets/import?name=${dataset.name}`)}>
            {t('dataset.importAgain')}
          </Button>
        )
      }
    >
      <dl className="card mb-5 grid grid-cols-2 gap-x-6 gap-y-3 px-4 py-3 sm:flex sm:flex-wrap sm:gap-x-10">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt className="text-xs text-text-3">{name}</dt>
            <dd className="text-[0.9375rem] font-medium tabular-nums">{value}</dd>
          </div>
        ))}
      </dl>
      <Tabs.Root value={tab} onValueChange={(value) => setSearch({ tab: value }, { replace: true })}>
        <Tabs.List aria-label={t('dataset.tabs')} className="mb-4 flex gap-5 border-b border-line">
          {TABS.map((value) => (
            <Tabs.Trigger
              key={value}
              value={value}
              className="-mb-px border-b-2 border-transparent px-0.5 pb-2 font-medium text-text-3 hover:text-text data-[state=active]:border-accent-text data-[state=active]:text-text"
            >
              {t(`dataset.tab.${value}`)}
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        <Tabs.Content value="schema">
          <SchemaTab dataset={dataset} />
        </Tabs.Content>
        <Tabs.Content value="metrics">
          <SemanticsTab dataset={dataset} />
        </Tabs.Content>
        <Tabs.Content value="imports">
          <ImportsTab datasetId={dataset.id} mayCancel={mayWrite} />
        </Tabs.Content>
      </Tabs.Root>
    </Page>
  );
}
