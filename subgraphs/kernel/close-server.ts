import type { FastifyInstance } from 'fastify';

const SWEEP_MS = 50;
/** Less than the lifecycle gives a resource. */
const GRACE_MS = 8_000;

/** Stops listening, lets what is being answered finish, and cuts off what takes too long. */
export async function closeServer(app: FastifyInstance): Promise<void> {
  // A kept connection becomes idle only after its last answer, so once is not enough.
  const sweep = setInterval(() => app.server.closeIdleConnections(), SWEEP_MS);
  const cut = setTimeout(() => app.server.closeAllConnections(), GRACE_MS);
  try {
    await app.close();
  } finally {
    clearInterval(sweep);
    clearTimeout(cut);
  }
}
