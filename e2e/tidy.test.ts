import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { missingFrom, readLock } from './src/lock/complete-lock.ts';

/** The house rules that a machine can check. Each is one test, so that breaking one says which. */

const root = path.resolve(import.meta.dirname, '..');
const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '' && existsSync(path.join(root, file)));
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');

/** Which workspaces a workspace may import: itself and the stages before it (design: the layout is the data flow). */
const MAY_IMPORT: Record<string, readonly string[]> = {
  core: [],
  sdk: ['core'],
  outbound: ['core'],
  migrations: ['core'],
  store: ['core'],
  collector: ['core', 'store'],
  api: ['core', 'store', 'outbound'],
  connectors: ['core', 'sdk', 'outbound'],
  'audit-verify': [],
  stack: ['core', 'audit-verify', 'sdk', 'store', 'migrations', 'collector', 'api', 'connectors'],
  examples: ['sdk', 'connectors'],
};
/** Drivers, which only these may hold: `store` reads and writes, `migrations` shapes, `connectors` erase in the customer's stores. */
const DRIVERS = ['@clickhouse/client', 'drizzle-orm', 'postgres', '@electric-sql/pglite'];
const DRIVER_HOLDERS: Record<string, readonly string[]> = {
  store: DRIVERS,
  migrations: DRIVERS,
  connectors: ['postgres'],
  stack: ['@electric-sql/pglite'],
};

const isTest = (file: string) =>
  /\.(test|int\.test|fault\.test|e2e\.test)\.ts$/.test(file) || /-contract\.ts$|\/testing\//.test(file);
const sources = tracked.filter(
  (file) => /^[a-z]+\/.*\.ts$/.test(file) && !isTest(file) && !/^(e2e|bench|web)\//.test(file),
);
const workspaceOf = (file: string) => file.split('/')[0] ?? '';
const importsOf = (file: string) =>
  [
    ...read(file).matchAll(
      /(?:^|\n)\s*(?:import|export)\b[^'"`;]*?from\s*['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)import\s+['"]([^'"]+)['"]/g,
    ),
  ].map((match) => match[1] ?? match[2] ?? match[3] ?? '');

describe('house rules', () => {
  test('there are sources to check', () => expect(sources.length).toBeGreaterThan(50));

  test('a stage imports only stages before it', () => {
    const wrong = sources.flatMap((file) =>
      importsOf(file)
        .filter((name) => name.startsWith('@vestige/'))
        .map((name) => name.split('/')[1] ?? '')
        // The demo drives the whole system; only the application itself stands on the SDK alone.
        .filter(() => !(file.startsWith('examples/') && file.includes('/demo/')))
        .filter((target) => target !== workspaceOf(file) && !MAY_IMPORT[workspaceOf(file)]?.includes(target))
        .map((target) => `${file} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  test('relative imports stay inside their workspace', () => {
    const wrong = sources.flatMap((file) =>
      importsOf(file)
        .filter((name) => name.startsWith('.'))
        .map((name) => path.posix.join(path.posix.dirname(file), name))
        .filter((target) => workspaceOf(target) !== workspaceOf(file))
        .map((target) => `${file} reaches into ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  test('core does no I/O: it imports only pure libraries and node:crypto', () => {
    const allowed = new Set(['zod', 'node:crypto', 'node:url', 'libphonenumber-js/max', 'canonicalize', 'tldts']);
    const wrong = sources
      .filter((file) => file.startsWith('core/'))
      .flatMap((file) =>
        importsOf(file)
          .filter((name) => !name.startsWith('.') && !allowed.has(name))
          .map((name) => `${file} imports ${name}`),
      );
    expect(wrong).toEqual([]);
  });

  test('core reads no clock', () => {
    const wrong = sources.filter(
      (file) => file.startsWith('core/') && /\bDate\.now\(\)|new Date\(\)|performance\.now\(\)/.test(read(file)),
    );
    expect(wrong).toEqual([]);
  });

  test('database drivers are held where they belong', () => {
    const wrong = sources.flatMap((file) =>
      importsOf(file)
        .filter((name) => DRIVERS.some((driver) => name === driver || name.startsWith(`${driver}/`)))
        .filter(
          (name) =>
            !DRIVER_HOLDERS[workspaceOf(file)]?.some((driver) => name === driver || name.startsWith(`${driver}/`)),
        )
        .map((name) => `${file} imports ${name}`),
    );
    expect(wrong).toEqual([]);
  });

  test('SQL is written in store and migrations only (connectors speak to the customer’s own stores)', () => {
    const sql =
      /\b(SELECT\s+[\w*(][\s\S]{0,200}?\sFROM\s|INSERT\s+INTO\s|DELETE\s+FROM\s|ALTER\s+TABLE\s|CREATE\s+TABLE\s)/;
    const strip = (text: string) => text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[^:])\/\/.*$/gm, '$1');
    const wrong = sources
      .filter((file) => /^(core|sdk|collector|api|stack)\//.test(file))
      .filter((file) => sql.test(strip(read(file))));
    expect(wrong).toEqual([]);
  });

  test('only config.ts reads the environment', () => {
    const wrong = sources.filter((file) => /process\.env\b/.test(read(file)) && !/(^|\/)config\.ts$/.test(file));
    expect(wrong).toEqual([]);
  });

  test('nothing is unfinished, skipped or focused', () => {
    const marks = new RegExp(`\\b(${['TO', 'FIX'].map((start, i) => start + ['DO', 'ME'][i]).join('|')})\\b`);
    const focused = /\b(it|test|describe)\.(skip|only|todo)\b/;
    const wrong = tracked
      .filter(
        (file) => /\.(ts|sql|md|yml|json)$/.test(file) && file !== 'e2e/tidy.test.ts' && file !== 'package-lock.json',
      )
      .filter((file) => marks.test(read(file)) || (file.endsWith('.ts') && focused.test(read(file))));
    expect(wrong).toEqual([]);
  });

  test('index files export by name', () => {
    const wrong = sources.filter((file) => /^export \* from/m.test(read(file)));
    expect(wrong).toEqual([]);
  });

  test('every path that ARCHITECTURE.md and README.md name exists', () => {
    const wrong = ['ARCHITECTURE.md', 'README.md', 'STYLE.md'].flatMap((document) =>
      [
        ...read(document).matchAll(
          /`((?:core|sdk|store|collector|api|connectors|migrations|stack|examples|bench|e2e|deploy|docs)\/[\w./-]*)`/g,
        ),
      ]
        .map((match) => match[1] ?? '')
        .filter((named) => !existsSync(path.join(root, named)))
        .map((named) => `${document} names ${named}`),
    );
    expect(wrong).toEqual([]);
  });

  test('every test that docs/release-gate.md names exists under that name', () => {
    const proofs = [...read('docs/release-gate.md').matchAll(/`([^`\s]+\.ts)`: "([^"]+)"/g)];
    const wrong = proofs
      .map(([, file = '', name = '']) => ({ file, name }))
      .filter(({ file, name }) => {
        if (!tracked.includes(file) || !isTest(file)) return true;
        const text = read(file);
        return !["'", '"', '`'].some((quote) => text.includes(`${quote}${name}${quote}`));
      });
    expect(wrong).toEqual([]);
    expect(proofs.length).toBeGreaterThan(90);
  });

  test('every promise of docs/release-gate.md has a state, and none is called proved without a test', () => {
    const rows = read('docs/release-gate.md')
      .split('\n')
      .filter((line) => /^\| [A-Z]\d+ \|/.test(line))
      .map((line) => line.split(' | ').map((cell) => cell.replaceAll('|', '').trim()));
    const wrong = rows
      .filter(
        ([, priority, , proof, state]) =>
          !/^[01]$/.test(priority ?? '') ||
          !/^(proved|partly: .+|not)$/.test(state ?? '') ||
          (state === 'proved' && !/\.ts`: "/.test(proof ?? '')),
      )
      .map(([id]) => id);
    expect(wrong).toEqual([]);
    expect(rows.length).toBeGreaterThan(45);
  });

  test('no source file is dead: each is imported, or is an entry point', () => {
    const entries = /(^|\/)(main|config|index|demo)\.ts$|\.config\.ts$|\/scripts\/|\.d\.ts$/;
    const runByName = new Set(
      tracked
        .filter(
          (file) => /(package\.json|Dockerfile|docker-compose\.yml|\.ci\/run)$/.test(file) || file.endsWith('.ts'),
        )
        .flatMap((file) => [...read(file).matchAll(/['"`\s./]([\w-]+\.ts)\b/g)].map((match) => match[1] ?? '')),
    );
    const imported = new Set(
      tracked
        .filter((file) => file.endsWith('.ts'))
        .flatMap((file) =>
          importsOf(file).map((name) => {
            if (name.startsWith('.')) return path.posix.join(path.posix.dirname(file), name);
            const [, workspace, ...rest] = name.startsWith('@vestige/') ? name.split('/') : [];
            return workspace ? `${workspace}/src/${rest.join('/') || 'index'}.ts` : name;
          }),
        ),
    );
    const dead = sources.filter(
      (file) => !imported.has(file) && !entries.test(file) && !runByName.has(path.posix.basename(file)),
    );
    expect(dead).toEqual([]);
  });

  test('the lock names the native packages of every platform, or npm ci refuses it (npm run lock:complete)', () => {
    expect([...missingFrom(readLock(root)).keys()]).toEqual([]);
  });

  test('no tracked file names a machine path', () => {
    const machine = new RegExp(`(^|[\\s"'(=])/(${['work', 'farm', 'root'].join('|')})/`);
    const wrong = tracked.filter(
      (file) => !/package-lock\.json|LICENSE|fixtures\//.test(file) && machine.test(read(file)),
    );
    expect(wrong).toEqual([]);
  });
});

describe('house rules of the console', () => {
  const files = tracked.filter((file) => /^web\/src\/.*\.(ts|tsx|css)$/.test(file) && !/\.test\.ts$/.test(file));
  const code = files.filter((file) => !/\.css$|\/schema\.d\.ts$/.test(file));
  const using = (pattern: RegExp, among: readonly string[], but: readonly string[] = []) =>
    among.filter((file) => pattern.test(read(file)) && !but.includes(file));

  test('there are files to check', () => expect(code.length).toBeGreaterThan(20));

  test('colours come from the tokens, which know light and dark (paper is white)', () => {
    const colour = /#[0-9a-f]{3,8}\b(?!")|\b(rgb|hsl|oklch)a?\(/i;
    const styles = files.filter((file) => file.endsWith('.css'));
    expect(using(colour, styles, ['web/src/theme/tokens.css', 'web/src/people/print-sheet.css'])).toEqual([]);
  });

  test('a class is styled in one place: styles of a screen stay when another one is opened', () => {
    const placesOf = new Map<string, Set<string>>();
    for (const file of files.filter((each) => each.endsWith('.css'))) {
      for (const [, selectors = ''] of read(file).matchAll(/([^{}]+)\{/g)) {
        for (const [, name = ''] of selectors.matchAll(/(?:^|,)\s*\.([\w-]+)\s*(?=,|$)/g)) {
          placesOf.set(name, (placesOf.get(name) ?? new Set()).add(file.split('/').slice(0, 3).join('/')));
        }
      }
    }
    expect(placesOf.size).toBeGreaterThan(100);
    expect([...placesOf].filter(([, places]) => places.size > 1).map(([name, places]) => [name, ...places])).toEqual(
      [],
    );
  });

  test('the API is spoken to through its generated client; only the session is not part of it', () => {
    const byHand = /\bfetch\(|\bXMLHttpRequest\b|\bWebSocket\b|\bEventSource\b|\bsendBeacon\b/;
    expect(using(byHand, code, ['web/src/app/session.ts'])).toEqual([]);
  });

  test('the browser keeps a theme, a reason and a checkpoint, and nothing else', () => {
    expect(using(/\b(localStorage|sessionStorage|indexedDB|caches)\b|document\.cookie/, code)).toEqual([
      'web/src/app/purpose.ts',
      'web/src/app/theme.ts',
      'web/src/audit/kept-checkpoint.ts',
    ]);
  });

  test('no text becomes HTML or code', () => {
    expect(using(/\b(inner|outer)HTML\b|insertAdjacentHTML|document\.write|\beval\(|new Function\b/, code)).toEqual([]);
  });
});
