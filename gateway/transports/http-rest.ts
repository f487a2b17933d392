import type { Pool } from 'undici';
import type { RestRequest, RestResponse } from '../../subgraphs/kernel/transport';

const NOT_RETURNED = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'date']);

/** Streams a REST request to the subgraph and its answer back. The identity's headers win over the client's. */
export async function forwardRest(
  pool: Pool,
  request: RestRequest,
  identityHeaders: Record<string, string>,
): Promise<RestResponse> {
  const { path, rest } = fillPath(request.path, request.query);
  const search = new URLSearchParams(rest).toString();
  const { statusCode, headers, body } = await pool.request({
    method: request.method as 'GET' | 'POST',
    path: search ? `${path}?${search}` : path,
    headers: { ...request.headers, ...identityHeaders },
    body: request.method === 'GET' ? null : request.body,
    signal: request.signal,
  });
  const returned: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !NOT_RETURNED.has(name))
      returned[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return { status: statusCode, headers: returned, body };
}

/** Puts parameters into a path like `/files/:id`; what is left is the query. */
function fillPath(pattern: string, values: Readonly<Record<string, string>>) {
  const rest = { ...values };
  const path = pattern.replace(/:(\w+)/g, (_match, name: string) => {
    const value = rest[name] ?? '';
    delete rest[name];
    return encodeURIComponent(value);
  });
  return { path, rest };
}
