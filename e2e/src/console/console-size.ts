import { buildConsole } from './build-console.ts';
import { bundleSizes, FIRST_SCREEN_BYTES_MAX } from './bundle-size.ts';

/** `npm run console:size`: what each screen makes a browser load, compressed. Fails beyond the budget. */

const kB = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`.padStart(10);
const print = (line: string) => process.stdout.write(`${line}\n`);

const { dir, remove } = await buildConsole();
try {
  const { firstScreenBytes, pageBytes, screens } = await bundleSizes(dir);
  print('compressed JavaScript         own      in all');
  print(`the page              ${kB(pageBytes)}  ${kB(pageBytes)}`);
  for (const { screen, ownJsBytes, jsBytes } of screens.toSorted((a, b) => b.jsBytes - a.jsBytes)) {
    print(
      `${screen
        .replace(/^src\/(screens\/)?/, '')
        .replace(/\.tsx$/, '')
        .padEnd(22)}${kB(ownJsBytes)}  ${kB(jsBytes)}`,
    );
  }
  const fits = firstScreenBytes <= FIRST_SCREEN_BYTES_MAX;
  print(
    `the first screen      ${kB(firstScreenBytes)} of ${kB(FIRST_SCREEN_BYTES_MAX).trim()}${fits ? '' : ': too much'}`,
  );
  process.exitCode = fits ? 0 : 1;
} finally {
  await remove();
}
