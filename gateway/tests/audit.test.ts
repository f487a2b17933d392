import { auditServer } from 'graphql-http';
import { startGateway, type RunningGateway } from './support/gateway';
import { SHOP } from './support/shop';

describe.each([
  ['the short way', false, [] as string[]],
  // Apollo Server itself answers a text that cannot be parsed with 400, whatever the client accepts.
  ['Apollo Server', true, ['warn 572B', 'warn FDE2']],
])('the GraphQL over HTTP audits through %s', (_name, apolloOnly, exceptions) => {
  let running: RunningGateway;
  beforeAll(async () => {
    running = await startGateway(SHOP, { apolloOnly, anonymousLimiter: null });
  });
  afterAll(() => running.lifecycle.stop());

  it('hold', async () => {
    // The audits do not know of CSRF prevention, which asks GET requests for a header.
    const fetchFn = (url: string, init: RequestInit = {}) =>
      fetch(url, {
        ...init,
        headers: { ...(init.headers as Record<string, string>), 'apollo-require-preflight': 'true' },
      });
    const results = await auditServer({ url: `${running.url}/graphql`, fetchFn });
    const failed = results
      .filter(({ status }) => status !== 'ok')
      .map(({ id, name, status }) => `${status} ${id} ${name}`);
    expect(results.length).toBeGreaterThan(60);
    expect(failed.map((line) => line.slice(0, 9))).toEqual(exceptions);
  });
});
