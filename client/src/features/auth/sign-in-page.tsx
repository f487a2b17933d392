import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'react-router';
import { useMutation } from 'urql';
import { LoginDocument } from '../../gql/graphql';
import { session } from '../../lib/api';
import { byField, firstError, useErrorText, type UserError } from '../../lib/errors';
import { toSession } from '../../lib/session/session';
import { useSession } from '../../lib/use-session';
import { Button } from '../../ui/button';
import { Notice } from '../../ui/feedback';
import { TextField } from '../../ui/field';
import { AuthLayout } from './auth-layout';

const FIELDS = ['email', 'password'] as const;

export default function SignInPage() {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const location = useLocation();
  const [{ fetching }, login] = useMutation(LoginDocument);
  const [errors, setErrors] = useState<readonly UserError[]>([]);
  const { fields, others } = byField(errors, FIELDS);

  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const input = { email: text(form, 'email').trim(), password: text(form, 'password') };
    const missing = FIELDS.filter((field) => !input[field]);
    if (missing.length > 0) {
      setErrors(missing.map((field) => ({ code: 'REQUIRED', field: [field], message: t('form.required') })));
      return;
    }
    const { data, error } = await login({ input });
    if (error) return setErrors([firstError(error)]);
    if (data?.login.session) await session.adopt(toSession(data.login.session, Date.now()));
    else setErrors(data?.login.userErrors ?? []);
  };

  return (
    <AuthLayout title={t('signIn.title')} subtitle={t('signIn.subtitle')}>
      <form noValidate className="flex flex-col gap-4" onSubmit={(event) => void submit(event)}>
        <WhySignedOut />
        {others.map((error) => (
          <Notice key={error.code} tone="danger">
            {errorText(error)}
          </Notice>
        ))}
        <TextField
          label={t('form.email')}
          name="email"
          type="email"
          autoComplete="username"
          autoFocus
          data-testid="sign-in-email"
          error={fields.email && errorText(fields.email)}
        />
        <TextField
          label={t('form.password')}
          name="password"
          type="password"
          autoComplete="current-password"
          data-testid="sign-in-password"
          error={fields.password && errorText(fields.password)}
        />
        <Button type="submit" variant="primary" busy={fetching} data-testid="sign-in-submit" className="mt-1">
          {t('signIn.submit')}
        </Button>
        <p className="text-center text-text-3">
          {t('signIn.noAccount')}{' '}
          <Link
            className="font-medium text-accent-text hover:underline"
            to="/register"
            state={location.state as unknown}
          >
            {t('signIn.register')}
          </Link>
        </p>
      </form>
    </AuthLayout>
  );
}

function WhySignedOut() {
  const { t } = useTranslation();
  const state = useSession();
  if (state.status !== 'signed-out' || (state.reason !== 'expired' && state.reason !== 'reused')) return null;
  return <Notice tone="warn">{t(`signIn.${state.reason}`)}</Notice>;
}

const text = (form: FormData, name: string): string => {
  const value = form.get(name);
  return typeof value === 'string' ? value : '';
};
