import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { join } from 'node:path';
import { defineConfig } from 'vite';

const SERVER = 'http://127.0.0.1:4000';
const HERE = import.meta.dirname;

/** Two pages: the app (`/`) and GraphiQL (`/graphiql/`), which shares nothing with the app's bundle but the session code. */
export default defineConfig({
  root: HERE,
  plugins: [react(), tailwindcss()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    // The content security policy allows images from data: URLs but no fonts or scripts: only images may be inlined.
    assetsInlineLimit: (file) => (file.endsWith('.svg') || file.endsWith('.png') ? undefined : false),
    chunkSizeWarningLimit: 4_500,
    rolldownOptions: {
      input: { app: join(HERE, 'index.html'), graphiql: join(HERE, 'graphiql/index.html') },
      onLog(level, log, handle) {
        // GraphiQL's modules say "use no memo" to a compiler that has already been over them: losing that line loses nothing.
        if (log.code === 'MODULE_LEVEL_DIRECTIVE' && log.message.includes('"use no memo"')) return;
        handle(level, log);
      },
    },
  },
  worker: { format: 'es' },
  server: {
    host: '127.0.0.1',
    proxy: {
      '/graphql': { target: SERVER, ws: true },
      '/upload': SERVER,
      '/ingest': SERVER,
    },
  },
});
