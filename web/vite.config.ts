import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** `npm run dev -w web` beside `npm start`: everything but the console itself is answered by the API. */
const api = 'http://127.0.0.1:4400';

export default defineConfig({
  plugins: [react()],
  worker: { format: 'es' },
  build: {
    target: 'es2023',
    // Nothing is inlined as a data URL: the Content-Security-Policy names this origin and nothing else.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    reportCompressedSize: true,
  },
  server: { proxy: { '/v1': api, '/session': api, '/openapi.json': api } },
});
