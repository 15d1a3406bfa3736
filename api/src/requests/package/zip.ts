import { createHash } from 'node:crypto';
import { Readable, Transform } from 'node:stream';
import { finished } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import { z } from 'zod';

export const MANIFEST_SCHEMA = 'urn:vestige:package-manifest:v1';

/** `manifest.json`: every other file of the package, in its order. */
export const Manifest = z.strictObject({
  schema: z.literal(MANIFEST_SCHEMA),
  made_at: z.iso.datetime({ precision: 3 }),
  files: z.array(
    z.strictObject({
      name: z.string().regex(/^[a-z0-9][a-z0-9./-]*$/),
      bytes: z.int().min(0),
      sha256: z.string().regex(/^sha256:[0-9a-f]{64}$/),
    }),
  ),
});
export type Manifest = z.infer<typeof Manifest>;

export interface PackageFile {
  readonly name: string;
  /** Read once, when its turn comes. */
  readonly content: Buffer | AsyncIterable<Buffer> | Iterable<Buffer>;
}

/**
 * A ZIP of these files, one after the other, and of a manifest with the size and hash of each.
 *
 * Equal files and an equal day give equal bytes in every time zone: entries carry the noon of that day, because a ZIP
 * writes local times, and noon exists in every zone on every day.
 *
 * @throws in the iteration, whatever reading a file throws
 */
export function zipStream(files: AsyncIterable<PackageFile>, at: Date): AsyncIterable<Buffer> {
  const zip = new ZipFile();
  const output = zip.outputStream as unknown as Readable;
  const options = {
    mtime: new Date(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate(), 12),
    forceDosTimestamp: true,
    mode: 0o100644,
  };
  const add = async (file: PackageFile): Promise<Manifest['files'][number]> => {
    const hash = createHash('sha256');
    let bytes = 0;
    const measured = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        hash.update(chunk);
        bytes += chunk.length;
        done(null, chunk);
      },
    });
    const source = Readable.from(Buffer.isBuffer(file.content) ? [file.content] : file.content, { objectMode: false });
    source.on('error', (error) => measured.destroy(error));
    zip.addReadStream(source.pipe(measured), file.name, options);
    await finished(measured);
    return { name: file.name, bytes, sha256: `sha256:${hash.digest('hex')}` };
  };
  const addAll = async () => {
    const listed: Manifest['files'] = [];
    for await (const file of files) listed.push(await add(file));
    const manifest: Manifest = { schema: MANIFEST_SCHEMA, made_at: at.toISOString(), files: listed };
    zip.addBuffer(Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`), 'manifest.json', options);
    zip.end();
  };
  const fail = (error: Error) => output.destroy(error);
  // Whoever reads gets it from the iteration; if nobody has begun to read, it must not end the process.
  output.on('error', () => {});
  (zip as unknown as NodeJS.EventEmitter).on('error', fail);
  addAll().catch(fail);
  return output;
}

export function sha256(content: Uint8Array): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}
