import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { AxeResults } from 'axe-core';
import { parse } from 'csv-parse/sync';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openChromium } from './src/package/chromium.ts';
import { type Customer, type Desk, declare, openDesk } from './src/package/desk.ts';
import { unpack, unpackTo } from './src/package/unpack.ts';

/**
 * The package as a person meets it: produced by the real stack from hostile rows, unpacked into a folder, opened in a
 * real browser by double click, printed, and read with a spreadsheet's eyes (FM7; research/compliance.md C3, C9, C10).
 */
const PAYLOAD = `"><img src="https://evil.example/x" onerror="window.pwned=1"><script>window.pwned=2</script><svg onload=window.pwned=3><style>body{display:none}</style><iframe src=javascript:window.pwned=4></iframe></td></table></section>`;
const FORMULAS = [
  '=HYPERLINK("https://evil.example","x")',
  '+1+cmd|" /C calc"!A0',
  '-2+3',
  '@SUM(1,1)',
  '\t=1+1',
  '＝1+1',
];

const mara: Customer = {
  id: '../../m-1',
  email: 'mara.keller@example.com',
  name: `Mara ${PAYLOAD}`,
  note: FORMULAS[0] ?? '',
  message: `${PAYLOAD} \u202Egnp.exe\u202C \u0000 {{7*7}} \${7*7} ${FORMULAS.join(' | ')}`,
};
const noah: Customer = {
  id: 'n-1',
  email: 'noah.lindt@example.com',
  name: 'Noah Lindt',
  note: 'noah-private-note',
  message: 'noah-private-message',
};

type Shown = 'access' | 'portability' | 'certificate';

let desk: Desk;
let browser: Browser;
let folder: string;
const files: Record<'access' | 'portability', ReadonlyMap<string, Buffer>> = {
  access: new Map(),
  portability: new Map(),
};

beforeAll(async () => {
  [desk, browser, folder] = await Promise.all([
    openDesk(),
    openChromium(),
    mkdtemp(path.join(tmpdir(), 'vestige-copy-')),
  ]);
  await declare(desk);
  await desk.serve([mara, noah]);
  // The first look at her, so that there is one to tell of.
  const found = await desk.call({
    method: 'POST',
    path: '/v1/subjects/resolve',
    json: { identifiers: [{ type: 'email', value: mara.email }] },
  });
  await desk.call({ method: 'GET', path: `/v1/subjects/${found.json.subjectId}/lineage` });
  for (const type of ['access', 'portability'] as const) {
    const id = await desk.answered(type, mara);
    const { text } = await desk.call({ method: 'GET', path: `/v1/requests/${id}/package` });
    files[type] = await unpack(Buffer.from(text, 'latin1'));
    await unpackTo(path.join(folder, type), files[type]);
    const page = await desk.call({ method: 'GET', path: `/v1/requests/${id}/certificate/page` });
    // As latin1, byte by byte, because it is no JSON.
    const certificate = new Map([['index.html', Buffer.from(page.text, 'latin1')]]);
    if (type === 'access') await unpackTo(path.join(folder, 'certificate'), certificate);
  }
});
afterAll(async () => {
  await Promise.all([desk?.close(), browser?.close()]);
  if (folder) await rm(folder, { recursive: true, force: true });
});

/** Opens a page of the package and notes everything that it asks the world for. */
async function opened(type: Shown, use: (page: Page) => Promise<void>, bypassCSP = false) {
  const context = await browser.newContext({ viewport: { width: 1180, height: 900 }, bypassCSP });
  try {
    const page = await context.newPage();
    const asked: string[] = [];
    const said: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    page.on('dialog', (dialog) => said.push(dialog.message()));
    const url = pathToFileURL(path.join(folder, type, 'index.html')).href;
    await page.goto(url, { waitUntil: 'networkidle' });
    await use(page);
    return { asked: asked.filter((each) => each.split('#')[0] !== url), said };
  } finally {
    await context.close();
  }
}

describe.each(['access', 'portability'] as const)('the files of the %s package', (type) => {
  test('runs nothing, asks for nothing, and shows what was hostile as text', async () => {
    const outside = await opened(type, async (page) => {
      expect(await page.evaluate('globalThis.pwned')).toBeUndefined();
      expect(await page.locator('script, img, iframe, object, embed, link, form').count()).toBe(0);
      expect(await page.locator('[onerror], [onload], [onclick]').count()).toBe(0);
      expect(await page.locator('style').count()).toBe(1);
      expect(await page.getByRole('heading', { level: 1 }).textContent()).toMatch(/^Your data/);
      // biome-ignore lint/performance/useDomNodeTextContent: what a person sees, not what is there
      const text = await page.locator('main').innerText();
      expect(text).toContain('<script>window.pwned=2</script>');
      expect(text).toContain('⟨U+202E⟩gnp.exe');
      expect(text).toContain('=HYPERLINK(');
    });
    expect(outside).toEqual({ asked: [], said: [] });
  });

  test('would run nothing even where it were not escaped: its policy stands before the first value', async () => {
    const page = files[type].get('index.html')?.toString() ?? '';
    expect(page.indexOf('Content-Security-Policy')).toBeGreaterThan(0);
    expect(page.indexOf('Content-Security-Policy')).toBeLessThan(page.indexOf('<title>'));
    await opened(type, async (opened) => {
      const ran = await opened.evaluate(`(async () => {
        document.body.insertAdjacentHTML('beforeend', '<img src="x:" onerror="window.pwned=5">');
        const script = document.createElement('script');
        script.textContent = 'window.pwned=6';
        document.body.append(script);
        await new Promise((resolve) => setTimeout(resolve, 50));
        return window.pwned;
      })()`);
      expect(ran).toBeUndefined();
    });
  });

  test('every link in it leads to a file of the package or to the authority', async () => {
    await opened(type, async (page) => {
      const links = await page.locator('a').evaluateAll((all) => all.map((each) => each.getAttribute('href') ?? ''));
      for (const link of links.filter((each) => !each.startsWith('#'))) {
        expect(files[type].has(link) || link === 'https://www.cnil.fr/fr/plaintes', link).toBe(true);
      }
    });
  });

  test('a spreadsheet meets no formula in any cell of its tables', () => {
    const tables = [...files[type]].filter(([name]) => name.endsWith('.csv'));
    expect(tables.length).toBeGreaterThan(1);
    let hostile = 0;
    for (const [, content] of tables) {
      for (const row of parse(content, { bom: true }) as string[][]) {
        for (const cell of row) {
          if (cell.startsWith("'")) hostile += 1;
          expect(Number.isNaN(Number(cell)) ? cell : '').not.toMatch(/^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]/);
        }
      }
    }
    expect(hostile).toBeGreaterThan(0);
  });

  test('its names lead nowhere, and the manifest holds what is there', async () => {
    for (const name of files[type].keys()) expect(name).toMatch(/^[a-z][a-z0-9-]*(\/[a-z0-9-]+)?(\.[a-z]+){1,2}$/);
    const manifest = JSON.parse(files[type].get('manifest.json')?.toString() ?? '');
    expect(validator(type, 'schema/manifest.schema.json')(manifest)).toEqual([]);
    expect(manifest.files.map(({ name }: { name: string }) => name).sort()).toEqual(
      [...files[type].keys()].filter((name) => name !== 'manifest.json').sort(),
    );
  });

  test('nothing in it is about the other customer', () => {
    for (const [name, content] of files[type]) {
      const text = content.toString();
      for (const private_ of [noah.email, noah.name, noah.note, noah.message, 'Ines Brandt']) {
        expect(text.includes(private_), `${private_} in ${name}`).toBe(false);
      }
    }
  });
});

describe.each(['access', 'portability', 'certificate'] as const)('the page of the %s, for everybody', (type) => {
  test('is accessible: axe finds nothing serious, on screen and on a phone', async () => {
    const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
    await opened(
      type,
      async (page) => {
        await page.addScriptTag({ path: axe });
        for (const width of [1180, 390]) {
          await page.setViewportSize({ width, height: 800 });
          const { violations, passes } = await page.evaluate<AxeResults>('globalThis.axe.run()');
          const found = violations.map(({ id, impact, nodes }) => ({ id, impact, where: nodes[0]?.html }));
          expect(found.filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([]);
          expect(passes.map(({ id }) => id)).toEqual(expect.arrayContaining(['color-contrast', 'document-title']));
        }
      },
      true,
    );
  });

  test('prints: no line runs off the paper, and what is for the screen alone stays there', async () => {
    await opened(type, async (page) => {
      await page.emulateMedia({ media: 'print' });
      // A4 at 96 dots per inch, less its margins.
      await page.setViewportSize({ width: 688, height: 1000 });
      const wide = await page.evaluate<number>(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      expect(wide).toBeLessThanOrEqual(0);
      expect(await page.locator('nav:visible').count()).toBe(0);
      const pdf = await page.pdf({ format: 'A4', preferCSSPageSize: true });
      expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
      expect(pdf.length).toBeGreaterThan(10_000);
    });
  });

  test('asks for nothing, and says nothing aloud', async () => {
    expect(await opened(type, async () => {})).toEqual({ asked: [], said: [] });
  });
});

function validator(type: 'access' | 'portability', schema: string): (value: unknown) => unknown[] {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  formats.default(ajv);
  const validate = ajv.compile(JSON.parse(files[type].get(schema)?.toString() ?? ''));
  return (value) => (validate(value) ? [] : (validate.errors ?? []));
}

describe('the machine layer', () => {
  test('answer.json is valid after the schema beside it, and states every letter of Art. 15', () => {
    const answer = JSON.parse(files.access.get('answer.json')?.toString() ?? '');
    const check = validator('access', 'schema/answer.schema.json');
    expect(check(answer)).toEqual([]);
    for (const part of ['purposes', 'recipients', 'retention', 'copy', 'sources']) {
      expect(check({ ...answer, [part]: [] }), part).not.toEqual([]);
      expect(check({ ...answer, [part]: undefined }), part).not.toEqual([]);
    }
    expect(answer).toMatchObject({
      complete: true,
      controller: { legal_name: 'Northwind Traders SAS' },
      recipients: [{ legal_name: 'Mail Provider Inc.', country: 'US' }],
      transfers: [{ mechanism: 'eu-gdpr:A46-2-c' }],
      automated_decisions: [{ name: 'Priority of your message' }],
    });
    expect(answer.consultations.length).toBeGreaterThan(0);
    expect(answer.copy.flatMap(({ redactions }: { redactions: object[] }) => redactions).length).toBeGreaterThan(0);
  });

  test('portability holds what she provided under the contract, and lists what was inferred', () => {
    const answer = JSON.parse(files.portability.get('portability.json')?.toString() ?? '');
    expect(validator('portability', 'schema/portability.schema.json')(answer)).toEqual([]);
    expect(answer.files.map(({ store }: { store: string }) => store)).toEqual([
      desk.nodes.customers,
      desk.nodes.messages,
    ]);
    expect(answer.excluded).toMatchObject([{ store: desk.nodes.segments, rows: 1, reason_code: 'other_basis' }]);
    for (const [name, content] of files.portability) expect(content.toString(), name).not.toContain('likely to leave');
  });
});
