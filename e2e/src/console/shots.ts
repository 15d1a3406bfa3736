import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { buildConsole } from './build-console.ts';
import { openOffice } from './office.ts';
import { openConsole } from './open-console.ts';
import { SCREENS } from './screens.ts';
import { startDeskSite } from './site.ts';

const USAGE = `npm run shots -- [--out DIR] [--only TEXT] [--size WIDTHxHEIGHT]

Photographs every screen of the console on the real stack, in light and dark: as a laptop shows it, and whole.

  --out DIR    default .vestige/shots
  --only TEXT  screens whose name contains it
  --size       default 1280x800`;

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: '.vestige/shots' },
    only: { type: 'string', default: '' },
    size: { type: 'string', default: '1280x800' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
const print = (line: string) => process.stdout.write(`${line}\n`);
if (values.help) {
  print(USAGE);
  process.exit();
}

const [width = 0, height = 0] = values.size.split('x').map(Number);
if (!(width > 0 && height > 0)) {
  print(USAGE);
  process.exit(2);
}
await mkdir(values.out, { recursive: true });
const { dir, remove } = await buildConsole();
const site = await startDeskSite(dir);
try {
  const office = await openOffice(site.world);
  const console = await openConsole(site);
  try {
    for (const { name, role, path: at, arrange, options, expects = [] } of SCREENS.filter(({ name }) =>
      name.includes(values.only),
    )) {
      for (const theme of ['light', 'dark'] as const) {
        const given = { viewport: { width, height }, ...options, theme };
        const visitor = role === 'nobody' ? await console.stranger(given) : await console.signIn(role, given);
        const { page, context, goto } = visitor;
        visitor.expects(...expects);
        // A screen that fails is photographed all the same: that is what one wants to see.
        const trouble: string[] = [];
        await goto(at(site, office)).catch((error: Error) => trouble.push(error.message));
        await arrange?.(page).catch((error: Error) => trouble.push(error.message));
        await page.waitForLoadState('networkidle').catch(() => {});
        await page.screenshot({ path: path.join(values.out, `${name}.${theme}.png`) });
        await page.screenshot({ path: path.join(values.out, `${name}.${theme}.whole.png`), fullPage: true });
        await context.close();
        for (const each of [...trouble, ...console.complaints()]) print(`${name}, ${theme}: ${each}`);
      }
      print(`${path.join(values.out, name)}.{light,dark}.png`);
    }
  } finally {
    await console.close();
  }
} finally {
  await site.stop();
  await remove();
}
process.exit();
