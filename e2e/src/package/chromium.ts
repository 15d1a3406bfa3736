import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const PATH = '/usr/bin/chromium';

/** Debian's Chromium. @throws when it is not installed: a suite that skips itself would prove nothing */
export function openChromium(): Promise<Browser> {
  if (!existsSync(PATH)) throw new Error(`${PATH} is missing: install the Debian package chromium`);
  return chromium.launch({
    executablePath: PATH,
    // Root has no sandbox to give, and containers share little memory.
    args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), '--disable-dev-shm-usage'],
  });
}
