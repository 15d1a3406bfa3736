import path from 'node:path';
import { packAll } from './pack.ts';

/** `npm run packages`: what others install, as tarballs under `dist/`, until it is on npm. */
const folder = path.resolve(import.meta.dirname, '../../../dist');
for (const tarball of await packAll(folder)) process.stdout.write(`${path.relative(process.cwd(), tarball)}\n`);
