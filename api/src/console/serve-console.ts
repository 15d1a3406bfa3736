import type { MiddlewareHandler } from 'hono';
import type { ApiEnv } from '../http/env.ts';
import type { ConsoleFile } from './console-files.ts';

/** Nothing but this origin, no inline script or style, no frame: what a page is told to fetch elsewhere, it does not. */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; " +
    "connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  vary: 'accept-encoding',
};
const A_YEAR = 'public, max-age=31536000, immutable';
/** Addresses of programs; a browser that opens one sees what a program sees. */
const OF_THE_API = /^\/(?:v1|docs|copies|opendsr|opengdpr_requests|openapi\.json|livez|readyz|metrics|session)(?:\/|$)/;

/** The console: its files, and its page under every address that it draws itself (`/requests/…`, `/people/…`). */
export function serveConsole(files: ReadonlyMap<string, ConsoleFile>): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const { path, method } = c.req;
    if (OF_THE_API.test(path)) return next();
    const isPage = (c.req.header('accept') ?? '').includes('text/html');
    const file = files.get(path) ?? (isPage ? (files.get('/index.html') ?? NOT_BUILT) : undefined);
    if (file === undefined || (method !== 'GET' && method !== 'HEAD')) return next();
    const brotli = /\bbr\b/.test(c.req.header('accept-encoding') ?? '') ? file.brotli : null;
    return c.body(brotli ?? file.bytes, file === NOT_BUILT ? 503 : 200, {
      ...HEADERS,
      'content-type': file.type,
      'cache-control': file.isHashed ? A_YEAR : 'no-cache',
      ...(brotli === null ? {} : { 'content-encoding': 'br' }),
    });
  };
}

const NOT_BUILT: ConsoleFile = {
  type: 'text/html; charset=utf-8',
  bytes: new TextEncoder().encode(
    '<!doctype html><html lang="en"><title>Vestige</title><p>The console was not built. Run <code>npm run build -w web</code> ' +
      'and start again. The API is described at <a href="/docs/">/docs</a>.</p></html>',
  ),
  brotli: null,
  isHashed: false,
};
