import { useTranslation } from 'react-i18next';
import { CopyButton } from '../../ui/feedback';
import { Icon } from '../../ui/icons';
import { Page } from '../../ui/page';
import { snippets } from './snippets';

/** How to use the API from outside: the endpoints, where to explore, and calls that work when pasted. */
export default function DeveloperPage() {
  const { t } = useTranslation();
  const { origin } = window.location;
  const endpoints: [string, string][] = [
    [t('developer.graphql'), `${origin}/graphql`],
    [t('developer.socket'), `${origin.replace(/^http/, 'ws')}/graphql`],
    [t('developer.ingest'), `${origin}/ingest?dataset=NAME`],
    [t('developer.upload'), `${origin}/upload?name=FILE`],
    [t('developer.jwks'), `${origin}/.well-known/jwks.json`],
  ];
  return (
    <Page title={t('developer.title')} subtitle={t('developer.subtitle')}>
      <div className="grid gap-5 xl:grid-cols-[26rem_1fr]">
        <div className="flex min-w-0 flex-col gap-5">
          <section className="card" aria-labelledby="endpoints">
            <h2 id="endpoints" className="border-b border-line px-4 py-3 font-semibold">
              {t('developer.endpoints')}
            </h2>
            <dl className="divide-y divide-line">
              {endpoints.map(([name, url]) => (
                <div key={name} className="flex items-center gap-2 py-2 pr-2 pl-4">
                  <div className="min-w-0 flex-1">
                    <dt className="text-xs text-text-3">{name}</dt>
                    <dd className="truncate font-mono text-xs">{url}</dd>
                  </div>
                  <CopyButton text={url} />
                </div>
              ))}
            </dl>
          </section>
          <section aria-labelledby="explore">
            <h2 id="explore" className="mb-2 font-semibold">
              {t('developer.explore')}
            </h2>
            <div className="flex flex-col gap-2">
              <Explorer href="/graphiql/" name="GraphiQL" text={t('developer.graphiql')} />
              <Explorer href="/graphql" name="Apollo Sandbox" text={t('developer.sandbox')} />
            </div>
          </section>
        </div>
        <div className="flex min-w-0 flex-col gap-5">
          {snippets(origin).map(({ key, code }) => (
            <section key={key} className="card min-w-0" aria-labelledby={`snippet-${key}`}>
              <div className="flex items-center justify-between border-b border-line py-1.5 pr-2 pl-4">
                <div>
                  <h2 id={`snippet-${key}`} className="font-semibold">
                    {t(`developer.snippet.${key}`)}
                  </h2>
                </div>
                <CopyButton text={code} />
              </div>
              <pre tabIndex={0} className="overflow-x-auto px-4 py-3 font-mono text-xs leading-5">
                {code}
              </pre>
            </section>
          ))}
        </div>
      </div>
    </Page>
  );
}

function Explorer({ href, name, text }: { href: string; name: string; text: string }) {
  return (
    <a
      href={href}
      target="_blank"
      rel="noreferrer"
      className="card group flex items-center gap-3 px-4 py-3 hover:border-line-strong"
    >
      <div className="min-w-0 flex-1">
        <div className="font-medium group-hover:text-accent-text">{name}</div>
        <div className="text-[0.8125rem] text-text-3">{text}</div>
      </div>
      <Icon name="external" className="text-text-3" />
    </a>
  );
}
