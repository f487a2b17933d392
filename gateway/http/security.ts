import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';
import type { GatewayEnv } from '../env';

/** The app runs from its own origin; styles are inline where charts and menus place themselves. */
const APP_POLICY = {
  defaultSrc: ["'self'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'", "'unsafe-inline'"],
  imgSrc: ["'self'", 'data:', 'blob:'],
  fontSrc: ["'self'", 'data:'],
  connectSrc: ["'self'", 'ws:', 'wss:'],
  workerSrc: ["'self'", 'blob:'],
  objectSrc: ["'none'"],
  baseUri: ["'self'"],
  formAction: ["'self'"],
  frameAncestors: ["'none'"],
};

/** Apollo Sandbox is a page of Apollo's inside a frame; only the GraphQL path may load it. */
const SANDBOX_POLICY = [
  "default-src 'self'",
  "script-src 'self' 'unsafe-inline' https://embeddable-sandbox.cdn.apollographql.com https://apollo-server-landing-page.cdn.apollographql.com",
  "style-src 'self' 'unsafe-inline' https://fonts.googleapis.com https://apollo-server-landing-page.cdn.apollographql.com",
  "font-src 'self' https://fonts.gstatic.com",
  "img-src 'self' data: https://apollo-server-landing-page.cdn.apollographql.com",
  "manifest-src 'self' https://apollo-server-landing-page.cdn.apollographql.com",
  "connect-src 'self' ws: wss:",
  'frame-src https://sandbox.embed.apollographql.com',
  "object-src 'none'",
  "base-uri 'self'",
  "frame-ancestors 'none'",
].join(';');

export const sandboxPolicy = { 'content-security-policy': SANDBOX_POLICY };

/** Security headers on every answer, and CORS for the origins that the operator named. */
export async function addSecurity(app: FastifyInstance, env: GatewayEnv): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: APP_POLICY },
    crossOriginEmbedderPolicy: false,
  });
  const origins = env.GATEWAY_CORS_ORIGINS;
  if (origins.length === 0) return;
  await app.register(cors, {
    origin: origins.includes('*') ? '*' : origins,
    credentials: env.GATEWAY_CORS_CREDENTIALS && !origins.includes('*'),
    methods: ['GET', 'POST'],
    allowedHeaders: ['authorization', 'content-type', 'x-request-id', 'traceparent', 'apollo-require-preflight'],
    exposedHeaders: ['x-request-id', 'retry-after'],
    maxAge: 600,
  });
}
