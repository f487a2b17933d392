import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import { useQuery } from 'urql';
import { DatasetsDocument, type DatasetsQuery } from '../../gql/graphql';
import { firstError, useErrorText } from '../../lib/errors';
import { useMay } from '../../lib/me';
import { useFormat } from '../../lib/use-format';
import { usePages } from '../../lib/use-pages';
import { Button } from '../../ui/button';
import { Badge, EmptyState, Failure, SkeletonRows } from '../../ui/feedback';
import { Page } from '../../ui/page';
import { StatusBadge } from './status-badge';

const PAGE_SIZE = 50;

export default function DatasetsPage() {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const navigate = useNavigate();
  const mayWrite = useMay('write:data');
  const { cursors, more } = usePages();
  const [{ data, error }, refetch] = useQuery({
    query: DatasetsDocument,
    variables: { first: PAGE_SIZE },
    requestPolicy: 'cache-and-network',
  });
  const isEmpty = data?.datasets.edges.length === 0;
  const upload = (
    <Button variant="primary" icon="upload" onClick={() => void navigate('/datasets/import')} data-testid="import-file">
      {t('datasets.import')}
    </Button>
  );
  return (
    <Page title={t('datasets.title')} subtitle={t('datasets.subtitle')} actions={mayWrite && !isEmpty && upload}>
      {error && !data && (
        <Failure message={errorText(firstError(error))} onRetry={() => refetch({ requestPolicy: 'network-only' })} />
      )}
      {!data && !error && <SkeletonRows />}
      {isEmpty && (
        <EmptyState icon="dataset" title={t('datasets.emptyTitle')} action={mayWrite && upload}>
          {t(mayWrite ? 'datasets.emptyText' : 'datasets.emptyTextReader')}
        </EmptyState>
      )}
      {data && !isEmpty && (
        <div className="card overflow-x-auto">
          <table className="data-table">
            <thead>
              <tr>
                <th scope="col">{t('datasets.name')}</th>
                <th scope="col" className="hidden sm:table-cell">
                  {t('datasets.kind')}
                </th>
                <th scope="col" className="!text-right">
                  {t('datasets.rows')}
                </th>
                <th scope="col" className="hidden md:table-cell">
                  {t('datasets.lastImport')}
                </th>
                <th scope="col" className="hidden !text-right lg:table-cell">
                  {t('datasets.updated')}
                </th>
              </tr>
            </thead>
            <tbody>
              {cursors.map((after, index) => (
                <RowPage
                  key={after ?? 'first'}
                  after={after}
                  onMore={index === cursors.length - 1 ? more : undefined}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Page>
  );
}

function RowPage({ after, onMore }: { after: string | undefined; onMore: ((cursor: string) => void) | undefined }) {
  const { t } = useTranslation();
  const [{ data }] = useQuery({ query: DatasetsDocument, variables: { first: PAGE_SIZE, after } });
  if (!data) return null;
  const { edges, pageInfo } = data.datasets;
  const next = pageInfo.hasNextPage ? pageInfo.endCursor : undefined;
  return (
    <>
      {edges.map(({ node }) => (
        <DatasetRow key={node.id} dataset={node} />
      ))}
      {onMore && next && (
        <tr>
          <td colSpan={5} className="text-center">
            <Button onClick={() => onMore(next)}>{t('action.more')}</Button>
          </td>
        </tr>
      )}
    </>
  );
}

function DatasetRow({ dataset }: { dataset: DatasetsQuery['datasets']['edges'][number]['node'] }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <tr className="group relative hover:bg-hover">
      <td className="max-w-72">
        <Link
          to={`/datasets/${dataset.id}`}
          data-testid="dataset-link"
          className="block truncate font-medium group-hover:text-accent-text after:absolute after:inset-0"
        >
          {dataset.label}
        </Link>
        <span className="block truncate font-mono text-xs text-text-3">{dataset.name}</span>
      </td>
      <td className="hidden sm:table-cell">
        <Badge tone="info">{t(`datasetKind.${dataset.kind}`)}</Badge>
      </td>
      <td className="text-right tabular-nums">{dataset.rowCount === null ? '–' : format.integer(dataset.rowCount)}</td>
      <td className="hidden md:table-cell">
        {dataset.lastImport ? <StatusBadge status={dataset.lastImport.status} /> : '–'}
      </td>
      <td className="hidden text-right text-text-3 lg:table-cell">{format.ago(dataset.updatedAt, Date.now())}</td>
    </tr>
  );
}
