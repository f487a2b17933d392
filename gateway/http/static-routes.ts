import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { DomainError } from '../../subgraphs/kernel/errors';
import { sendError } from './errors';

const HASHED = /[.-][\w-]{8,}\.(?:js|css|woff2?|png|svg|webp|json|wasm)$/;
const NEVER_THE_APP = /^\/(?:graphql|api|healthz|readyz|metrics|\.well-known)(?:\/|$)/;

/** The built web app and GraphiQL, and an answer for everything unknown: the app for a browser's navigation, else a coded 404. */
export async function addStaticRoutes(app: FastifyInstance, staticDir: string | undefined): Promise<void> {
  const directory = staticDir !== undefined && existsSync(join(staticDir, 'index.html')) ? staticDir : undefined;
  const graphiql = staticDir !== undefined && existsSync(join(staticDir, 'graphiql', 'index.html'));
  if (staticDir !== undefined && existsSync(staticDir)) {
    // Loaded only where there is something to serve: a gateway by itself has no files.
    const { fastifyStatic } = await import('@fastify/static');
    await app.register(fastifyStatic, {
      root: staticDir,
      wildcard: true,
      index: directory ? ['index.html'] : false,
      redirect: false,
      cacheControl: false,
      setHeaders: (reply, path) =>
        void reply.header('cache-control', HASHED.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache'),
    });
  }
  if (graphiql) {
    const page = async (_request: FastifyRequest, reply: FastifyReply) => reply.sendFile('graphiql/index.html');
    app.get('/graphiql', page);
    app.get('/graphiql/', page);
  }
  app.setNotFoundHandler(async (request, reply) => {
    const path = request.url.split('?', 1)[0]!;
    const wantsPage = request.method === 'GET' && request.headers.accept?.includes('text/html') === true;
    const isFile = /\.\w+$/.test(path);
    if (directory && wantsPage && !isFile && !NEVER_THE_APP.test(path)) return reply.sendFile('index.html');
    return sendError(new DomainError('NOT_FOUND', `There is nothing at ${request.method} ${path}.`), request, reply);
  });
}
