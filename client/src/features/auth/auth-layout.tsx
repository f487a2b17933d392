import { lazy, Suspense, useEffect, type ReactNode } from 'react';
import { Logo } from '../../ui/icons';

const PreferencesMenu = lazy(() =>
  import('../../app/account-menu').then((module) => ({ default: module.PreferencesMenu })),
);

export function AuthLayout({ title, subtitle, children }: { title: string; subtitle: string; children: ReactNode }) {
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
        <Suspense>
          <PreferencesMenu />
        </Suspense>
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
