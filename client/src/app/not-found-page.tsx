import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { EmptyState } from '../ui/feedback';
import { Page } from '../ui/page';

export default function NotFoundPage() {
  const { t } = useTranslation();
  return (
    <Page title={t('notFound.title')}>
      <EmptyState
        icon="search"
        title={t('notFound.title')}
        action={
          <Link className="text-accent-text underline underline-offset-2" to="/dashboards">
            {t('notFound.action')}
          </Link>
        }
      >
        {t('notFound.text')}
      </EmptyState>
    </Page>
  );
}
