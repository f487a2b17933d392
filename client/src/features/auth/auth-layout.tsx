import { useEffect, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Preferences } from '../../app/account-menu';
import { IconButton } from '../../ui/button';
import { Logo } from '../../ui/icons';
import { Menu } from '../../ui/menu';

export function AuthLayout({ title, subtitle, children }: { title: string; subtitle: string; children: ReactNode }) {
  const { t } = useTranslation();
  useEffect(() => {
    document.title = `${title} · DataIris`;
  }, [title]);
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="flex items-center justify-between px-5 py-4">
        <div className="flex items-center gap-2.5 text-base font-semibold">
          <Logo />
          DataIris
        </div>
        <Menu trigger={<IconButton icon="globe" label={t('account.preferences')} className="size-9" />}>
          <Preferences />
        </Menu>
      </header>
      <main className="flex flex-1 items-start justify-center px-4 pt-[6vh] pb-12 sm:pt-[12vh]">
        <div className="w-full max-w-[22.5rem]">
          <h1 className="text-2xl font-semibold tracking-[-0.02em]">{title}</h1>
          <p className="mt-1.5 mb-6 text-text-2">{subtitle}</p>
          {children}
        </div>
      </main>
    </div>
  );
}
