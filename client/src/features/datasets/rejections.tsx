import { useTranslation } from 'react-i18next';
import { useQuery } from 'urql';
import { RejectionsDocument } from '../../gql/graphql';
import { firstError, useErrorText } from '../../lib/errors';
import { useFormat } from '../../lib/use-format';
import { usePages } from '../../lib/use-pages';
import { Button } from '../../ui/button';

const PAGE_SIZE = 20;

/** The rows a run did not load, each with its line, reason and what the file said. */
export function Rejections({ runId }: { runId: string }) {
  const { t } = useTranslation();
  const { cursors, more } = usePages();
  return (
    <div className="mt-2 max-h-96 overflow-auto rounded-md border border-line">
      <table className="data-table">
        <thead className="sticky top-0 bg-surface">
          <tr>
            <th scope="col" className="!text-right">
              {t('rejection.line')}
            </th>
            <th scope="col">{t('rejection.column')}</th>
            <th scope="col">{t('rejection.reason')}</th>
            <th scope="col">{t('rejection.raw')}</th>
          </tr>
        </thead>
        <tbody>
          {cursors.map((after, index) => (
            <RejectionPage
              key={after ?? 'first'}
              runId={runId}
              after={after}
              onMore={index === cursors.length - 1 ? more : undefined}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function RejectionPage({
  runId,
  after,
  onMore,
}: {
  runId: string;
  after: string | undefined;
  onMore: ((cursor: string) => void) | undefined;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const errorText = useErrorText();
  const [{ data, error }] = useQuery({ query: RejectionsDocument, variables: { id: runId, first: PAGE_SIZE, after } });
  if (error) {
    return (
      <tr>
        <td colSpan={4} className="text-danger">
          {errorText(firstError(error))}
        </td>
      </tr>
    );
  }
  const rejections = data?.importRun?.rejections;
  const next = rejections?.pageInfo.hasNextPage ? rejections.pageInfo.endCursor : undefined;
  return (
    <>
      {rejections?.edges.map(({ node }, index) => (
        <tr key={`${node.line}-${index}`}>
          <td className="text-right text-text-3 tabular-nums">
            {node.line === null ? '–' : format.integer(node.line)}
          </td>
          <td className="font-mono text-xs">{node.column}</td>
          <td>{node.reason}</td>
          <td className="max-w-md truncate font-mono text-xs text-text-3" title={node.raw ?? ''}>
            {node.raw}
          </td>
        </tr>
      ))}
      {onMore && next && (
        <tr>
          <td colSpan={4} className="text-center">
            <Button onClick={() => onMore(next)}>{t('action.more')}</Button>
          </td>
        </tr>
      )}
    </>
  );
}
