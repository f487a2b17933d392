import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'react-router';
import { useMutation } from 'urql';
import { RegisterDocument } from '../../gql/graphql';
import { session } from '../../lib/api';
import { byField, firstError, useErrorText, type UserError } from '../../lib/errors';
import { toSession } from '../../lib/session/session';
import { Button } from '../../ui/button';
import { Notice } from '../../ui/feedback';
import { TextField } from '../../ui/field';
import { AuthLayout } from './auth-layout';

const FIELDS = ['displayName', 'tenantName', 'email', 'password'] as const;
type FieldName = (typeof FIELDS)[number];

export default function RegisterPage() {
  const { t, i18n } = useTranslation();
  const errorText = useErrorText();
  const location = useLocation();
  const [{ fetching }, register] = useMutation(RegisterDocument);
  const [values, setValues] = useState<Record<FieldName, string>>({
    displayName: '',
    tenantName: '',
    email: '',
    password: '',
  });
  const [errors, setErrors] = useState<readonly UserError[]>([]);
  const { fields, others } = byField(errors, FIELDS);

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const missing = FIELDS.filter((field) => !values[field].trim());
    if (missing.length > 0) {
      setErrors(missing.map((field) => ({ code: 'REQUIRED', field: [field], message: t('form.required') })));
      return;
    }
    const { data, error } = await register({ input: { ...values, email: values.email.trim(), locale: i18n.language } });
    if (error) return setErrors([firstError(error)]);
    if (data?.register.session) await session.adopt(toSession(data.register.session, Date.now()));
    else setErrors(data?.register.userErrors ?? []);
  };

  const bind = (name: FieldName) => ({
    name,
    value: values[name],
    onChange: (event: { target: { value: string } }) => setValues({ ...values, [name]: event.target.value }),
    error: fields[name] && errorText(fields[name]),
    'data-testid': `register-${name}`,
  });

  return (
    <AuthLayout title={t('register.title')} subtitle={t('register.subtitle')}>
      <form noValidate className="flex flex-col gap-4" onSubmit={(event) => void submit(event)}>
        {others.map((error) => (
          <Notice key={error.code} tone="danger">
            {errorText(error)}
          </Notice>
        ))}
        <TextField label={t('form.displayName')} autoComplete="name" autoFocus {...bind('displayName')} />
        <TextField
          label={t('form.tenantName')}
          hint={t('form.tenantHint')}
          autoComplete="organization"
          {...bind('tenantName')}
        />
        <TextField label={t('form.email')} type="email" autoComplete="username" {...bind('email')} />
        <TextField
          label={t('form.password')}
          hint={t('form.passwordHint')}
          type="password"
          autoComplete="new-password"
          {...bind('password')}
        />
        <Button type="submit" variant="primary" busy={fetching} className="mt-1" data-testid="register-submit">
          {t('register.submit')}
        </Button>
        <p className="text-center text-text-3">
          {t('register.haveAccount')}{' '}
          <Link
            className="font-medium text-accent-text hover:underline"
            to="/sign-in"
            state={location.state as unknown}
          >
            {t('register.signIn')}
          </Link>
        </p>
      </form>
    </AuthLayout>
  );
}
