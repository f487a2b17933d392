import { useTranslation } from 'react-i18next';
import { useMutation } from 'urql';
import { LogoutDocument, SwitchTenantDocument } from '../gql/graphql';
import { LANGUAGES, setLanguage, type Language } from '../i18n';
import { session } from '../lib/api';
import { useMe, type Me } from '../lib/me';
import { toSession } from '../lib/session/session';
import { setTheme, THEMES, useTheme } from '../lib/theme';
import { IconButton } from '../ui/button';
import { Icon } from '../ui/icons';
import { Menu, MenuChoice, MenuItem, MenuSeparator } from '../ui/menu';

const NAMES: Record<Language, string> = { en: 'English', zh: '简体中文' };

export function AccountMenu({ compact = false }: { compact?: boolean }) {
  const { t } = useTranslation();
  const me = useMe();
  const [, logout] = useMutation(LogoutDocument);
  const signOut = async (): Promise<void> => {
    // Signing out must work offline too: the server is told if it can be reached, the session here ends in any case.
    await logout({}).catch(() => undefined);
    await session.signOut();
  };
  return (
    <Menu
      align={compact ? 'end' : 'start'}
      side={compact ? 'bottom' : 'top'}
      trigger={compact ? <CompactTrigger label={t('account.menu')} /> : <Trigger me={me} />}
    >
      {me && (
        <div className="px-2 pt-1.5 pb-1">
          <div className="font-medium">{me.displayName}</div>
          <div className="text-xs text-text-3">{me.email}</div>
          <div className="mt-1 text-xs text-text-3">
            {me.tenant?.name} · {me.roles.map((role) => role.name).join(', ')}
          </div>
        </div>
      )}
      <Workspaces me={me} />
      <MenuSeparator />
      <Preferences />
      <MenuSeparator />
      <MenuItem icon="signOut" onSelect={() => void signOut()}>
        {t('account.signOut')}
      </MenuItem>
    </Menu>
  );
}

/** Language and theme for those who are not signed in. */
export function PreferencesMenu() {
  const { t } = useTranslation();
  return (
    <Menu trigger={<IconButton icon="globe" label={t('account.preferences')} className="size-9" />}>
      <Preferences />
    </Menu>
  );
}

function Preferences() {
  const { t, i18n } = useTranslation();
  const theme = useTheme();
  return (
    <>
      <MenuChoice
        label={t('account.language')}
        value={i18n.language as Language}
        options={LANGUAGES.map((value) => ({ value, label: NAMES[value] }))}
        onChange={(language) => void setLanguage(language)}
      />
      <MenuChoice
        label={t('account.theme')}
        value={theme}
        options={THEMES.map((value) => ({ value, label: t(`theme.${value}`) }))}
        onChange={setTheme}
      />
    </>
  );
}

function Workspaces({ me }: { me: Me | undefined }) {
  const { t } = useTranslation();
  const [, switchTenant] = useMutation(SwitchTenantDocument);
  if (!me || me.memberships.length < 2) return null;
  const change = async (tenantId: string): Promise<void> => {
    const { data } = await switchTenant({ input: { tenantId } });
    if (!data?.switchTenant.session) return;
    await session.adopt(toSession(data.switchTenant.session, Date.now()));
    // Everything on screen belongs to the other workspace: begin anew rather than pick the pieces.
    window.location.assign('/');
  };
  return (
    <>
      <MenuSeparator />
      <MenuChoice
        label={t('account.workspace')}
        value={me.tenant?.id ?? ''}
        options={me.memberships.map(({ tenantId, tenant }) => ({ value: tenantId, label: tenant?.name ?? tenantId }))}
        onChange={(tenantId) => void change(tenantId)}
      />
    </>
  );
}

function Trigger({ me, ...rest }: { me: Me | undefined }) {
  const { t } = useTranslation();
  return (
    <button
      type="button"
      {...rest}
      className="flex items-center gap-2.5 rounded-md px-2 py-1.5 text-left hover:bg-hover data-[state=open]:bg-hover"
    >
      <span className="flex size-7 shrink-0 items-center justify-center rounded-full bg-accent-soft text-xs font-semibold text-accent-text">
        {initials(me?.displayName ?? '')}
      </span>
      <span className="min-w-0 flex-1">
        <span className="block truncate text-[0.8125rem] leading-4 font-medium">
          {me?.displayName ?? t('account.menu')}
        </span>
        <span className="block truncate text-xs leading-4 text-text-3">{me?.email}</span>
      </span>
      <Icon name="more" className="text-text-3" />
    </button>
  );
}

function CompactTrigger({ label, ...rest }: { label: string }) {
  return (
    <button
      type="button"
      aria-label={label}
      {...rest}
      className="flex size-9 items-center justify-center rounded-md text-text-2"
    >
      <Icon name="user" size={18} />
    </button>
  );
}

const initials = (name: string): string =>
  name
    .split(/\s+/)
    .slice(0, 2)
    .map((part) => part.charAt(0).toUpperCase())
    .join('');
