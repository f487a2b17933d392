import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { useMutation } from 'urql';
import { CreateDashboardDocument } from '../../gql/graphql';
import { DashboardForm } from './dashboard-form';

export function CreateDashboard({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [, create] = useMutation(CreateDashboardDocument);
  return (
    <DashboardForm
      open={open}
      onOpenChange={onOpenChange}
      title={t('dashboards.create')}
      description={t('dashboards.createText')}
      action={t('dashboards.createAction')}
      save={async (values) => {
        // An empty list holds no Dashboard yet: tell urql that this mutation concerns it all the same.
        const { data, error } = await create(
          { input: values },
          { additionalTypenames: ['Dashboard', 'DashboardConnection'] },
        );
        if (error) return { error };
        const made = data?.createDashboard.dashboard;
        if (made) void navigate(`/dashboards/${made.id}`);
        return { userErrors: data?.createDashboard.userErrors };
      }}
    />
  );
}
