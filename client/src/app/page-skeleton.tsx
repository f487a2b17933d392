import { useTranslation } from 'react-i18next';
import { Skeleton } from '../ui/feedback';

/** Where a page will be: heading and cards, until its code or its data are here. */
export function PageSkeleton() {
  const { t } = useTranslation();
  return (
    <div
      role="status"
      aria-label={t('state.loading')}
      className="mx-auto w-full max-w-[100rem] px-4 py-7 sm:px-6 lg:px-8"
    >
      <Skeleton className="mb-6 h-7 w-56" />
      <div className="grid gap-3 sm:grid-cols-2 xl:grid-cols-4">
        {Array.from({ length: 8 }, (_, index) => (
          <Skeleton key={index} className="h-36 rounded-lg" />
        ))}
      </div>
    </div>
  );
}
