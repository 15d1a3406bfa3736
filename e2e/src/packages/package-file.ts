/**
 * What a package says of itself when it is packed. In the repository its `exports` lead to TypeScript, which Node runs as
 * it stands; inside `node_modules` Node refuses to (https://nodejs.org/api/typescript.html#type-stripping-in-dependencies),
 * so the packed one leads to JavaScript and declarations.
 */
export interface PackageFile {
  readonly name: string;
  readonly version: string;
  readonly description?: string;
  readonly license?: string;
  readonly engines?: Readonly<Record<string, string>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional: boolean }>>;
}

/**
 * Drivers of the connectors that come with Vestige. Together they weigh half a gigabyte, and whoever writes a connector of
 * their own needs none of them, so an installation brings along those that it uses.
 */
const DRIVERS: Readonly<Record<string, readonly string[]>> = {
  '@vestige/connectors': [
    '@aws-sdk/client-s3',
    '@duckdb/node-api',
    '@lancedb/lancedb',
    '@libsql/client',
    '@redis/client',
    'mysql2',
    'postgres',
  ],
};

/**
 * What meets the code of whoever installs it may be newer there. The rest stays exact: another version of the phone number
 * library would make other tokens of the same number.
 */
const MET_BY_USERS: readonly string[] = ['zod', ...Object.values(DRIVERS).flat()];

/** @param file the workspace's own `package.json` */
export function packedPackageFile(file: PackageFile) {
  const drivers = DRIVERS[file.name] ?? [];
  const dependencies = Object.entries(file.dependencies ?? {}).map(
    ([name, version]) => [name, MET_BY_USERS.includes(name) ? `^${version}` : version] as const,
  );
  const peers = dependencies.filter(([name]) => drivers.includes(name));
  return {
    name: file.name,
    version: file.version,
    description: file.description,
    license: file.license,
    type: 'module',
    engines: file.engines,
    ...(file.bin && { bin: mapValues(file.bin, builtPath) }),
    exports: {
      ...mapValues(file.exports, (source) => ({ types: typesPath(source), default: `./${builtPath(source)}` })),
      './package.json': './package.json',
    },
    files: ['dist'],
    dependencies: Object.fromEntries(dependencies.filter(([name]) => !drivers.includes(name))),
    peerDependencies: { ...file.peerDependencies, ...Object.fromEntries(peers) },
    peerDependenciesMeta: {
      ...file.peerDependenciesMeta,
      ...Object.fromEntries(peers.map(([name]) => [name, { optional: true }])),
    },
  };
}

/** `./src/main.ts` → `dist/main.js` */
const builtPath = (source: string): string => source.replace(/^(\.\/)?src\//, 'dist/').replace(/\.ts$/, '.js');
const typesPath = (source: string): string => `./${builtPath(source).replace(/\.js$/, '.d.ts')}`;

const mapValues = <From, To>(of: Readonly<Record<string, From>>, change: (from: From) => To): Record<string, To> =>
  Object.fromEntries(Object.entries(of).map(([name, value]) => [name, change(value)]));
