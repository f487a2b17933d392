import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Badge } from '../../ui/feedback';
import type { DatasetDetails } from './dataset-page';

/** The columns as they are stored. */
export function SchemaTab({ dataset }: { dataset: DatasetDetails }) {
  const { t } = useTranslation();
  return (
    <Table headings={[t('field.name'), t('field.type'), t('field.nullable'), t('field.description')]}>
      {dataset.fields.map((field) => (
        <tr key={field.name}>
          <td className="font-mono text-xs">
            {field.name} {field.name === dataset.timeField && <Badge tone="info">{t('field.time')}</Badge>}
          </td>
          <td>{t(`fieldType.${field.type}`)}</td>
          <td className="text-text-3">{t(field.nullable ? 'field.optional' : 'field.required')}</td>
          <td className="text-text-2">{field.description}</td>
        </tr>
      ))}
    </Table>
  );
}

/** What can be asked: metrics, dimensions and joins of the semantic model. */
export function SemanticsTab({ dataset }: { dataset: DatasetDetails }) {
  const { t } = useTranslation();
  if (dataset.metrics.length === 0 && dataset.dimensions.length === 0) {
    return <p className="text-text-2">{t('dataset.noModel')}</p>;
  }
  return (
    <div className="grid gap-5 xl:grid-cols-2">
      <div>
        <h2 className="mb-2 font-semibold">{t('dataset.metrics')}</h2>
        <Table headings={[t('field.name'), t('metric.how'), t('metric.unit')]}>
          {dataset.metrics.map((metric) => (
            <tr key={metric.id}>
              <td>
                <div className="font-medium">{metric.label}</div>
                <div className="font-mono text-xs text-text-3">{metric.name}</div>
                {metric.description && <div className="mt-0.5 text-xs text-text-2">{metric.description}</div>}
              </td>
              <td className="font-mono text-xs">
                {metric.aggregation.toLowerCase()}({metric.field ?? '*'})
              </td>
              <td className="text-text-2">{t(`metricUnit.${metric.unit}`)}</td>
            </tr>
          ))}
        </Table>
      </div>
      <div>
        <h2 className="mb-2 font-semibold">{t('dataset.dimensions')}</h2>
        <Table headings={[t('field.name'), t('field.type')]}>
          {dataset.dimensions.map((dimension) => (
            <tr key={dimension.name}>
              <td>
                <div className="font-medium">{dimension.label}</div>
                <div className="font-mono text-xs text-text-3">{dimension.name}</div>
              </td>
              <td>{t(`fieldType.${dimension.type}`)}</td>
            </tr>
          ))}
          {dataset.joins.map((join) => (
            <tr key={join.name}>
              <td>
                <div className="font-mono text-xs">{join.name}.*</div>
              </td>
              <td>
                {t('dataset.joinedWith')}{' '}
                <Link className="text-accent-text hover:underline" to={`/datasets/${join.dataset.id}`}>
                  {join.dataset.label}
                </Link>
              </td>
            </tr>
          ))}
        </Table>
      </div>
    </div>
  );
}

function Table({ headings, children }: { headings: string[]; children: ReactNode }) {
  return (
    <div className="card overflow-x-auto">
      <table className="data-table">
        <thead>
          <tr>
            {headings.map((heading) => (
              <th key={heading} scope="col">
                {heading}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
