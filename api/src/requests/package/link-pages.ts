import { VestigeError } from '@vestige/core/errors';
import { Hono } from 'hono';
import { html } from 'hono/html';
import { secureHeaders } from 'hono/secure-headers';
import type { ApiDeps } from '../../deps.ts';
import type { ApiEnv } from '../../http/env.ts';
import { limitBodies } from '../../http/limits.ts';
import { document, PAGE_POLICY } from './document.ts';
import { readLink } from './link-secret.ts';
import { streamOf } from './stream-of.ts';

/** Room for a code as people type it, and nothing else. */
const CODE_CHARS_MAX = 100;
const FORM_POLICY = PAGE_POLICY.replace("form-action 'none'", "form-action 'self'");

/**
 * Where a person fetches their copy without a key of ours: the address came one way, the code another. The pages say
 * nothing about whose copy it is or whether there is one, so an address alone tells nobody anything.
 */
export function linkPages(deps: Pick<ApiDeps, 'packages' | 'now'>): Hono<ApiEnv> {
  return new Hono<ApiEnv>()
    .use(
      '/copies/*',
      limitBodies(),
      secureHeaders({ referrerPolicy: 'no-referrer', xFrameOptions: 'DENY' }),
      async (c, next) => {
        await next();
        c.header('cache-control', 'no-store');
        if (c.res.headers.get('content-type')?.startsWith('text/html')) {
          c.header('content-security-policy', `${FORM_POLICY}; frame-ancestors 'none'`);
        }
      },
    )
    .get('/copies/:token', async (c) => c.html(await askPage(null)))
    .post('/copies/:token', async (c) => {
      const form = await c.req.parseBody();
      const code = form['code'];
      if (typeof code !== 'string' || code.length > CODE_CHARS_MAX) throw new VestigeError('bad_request', 'no code');
      const given = readLink(c.req.param('token'), code);
      const opened = given === null ? null : await deps.packages.openLink(given.tenant, given, deps.now());
      if (opened?.result === 'wrong_code') return c.html(await askPage('This code is not right. Try again.'), 403);
      if (opened?.result !== 'opened') return c.html(await gonePage(), 410);
      return c.body(streamOf(opened.content), 200, {
        'content-type': 'application/zip',
        'content-length': String(opened.info.bytes),
        'content-disposition': 'attachment; filename="your-data.zip"',
      });
    });
}

function askPage(wrong: string | null): Promise<string> {
  return document(
    {
      title: 'Fetch your copy',
      lead: 'Enter the code that came to you another way than this address.',
      body: html`${wrong === null ? '' : html`<p class="band warn" role="alert">${wrong}</p>`}
<form method="post"><p><label for="code">Code</label><br><input id="code" name="code" required autocomplete="one-time-code" autocapitalize="characters" spellcheck="false" maxlength="${CODE_CHARS_MAX}"></p>
<p><button type="submit">Download</button></p></form>`,
      footer:
        'The download is a ZIP file. Open index.html in it first. After a few wrong codes this address opens nothing any more.',
    },
    FORM_POLICY,
  );
}

function gonePage(): Promise<string> {
  return document({
    title: 'Nothing to fetch here',
    lead: 'This address has expired, has been used up, or never was one.',
    body: html`<p>Ask whoever answered your request for a new one.</p>`,
    footer: '',
  });
}
