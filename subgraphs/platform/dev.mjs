// `npm run dev`: the product from its sources, started again at each change, and Vite's server with hot reload for the web app in front of it.
import { spawn } from 'node:child_process';

const run = (...args) =>
  spawn(process.execPath, args, {
    stdio: 'inherit',
    env: { ...process.env, LOG_LEVEL: process.env.LOG_LEVEL || 'warn' },
  });

const children = [
  run('--watch', '--watch-preserve-output', '-r', '@swc-node/register', 'subgraphs/platform/main.ts'),
  run('node_modules/vite/bin/vite.js', '--config', 'client/vite.config.mts', '--clearScreen', 'false'),
];

let stopping = false;
function stop() {
  if (stopping) return;
  stopping = true;
  for (const child of children) child.kill('SIGTERM');
}
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, stop);
for (const child of children) child.on('exit', stop);
