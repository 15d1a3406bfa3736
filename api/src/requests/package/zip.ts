import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { ZipFile } from 'yazl';

export interface PackageFile {
  readonly name: string;
  readonly content: Buffer;
}

/** Files and a `manifest.json` with the hash of each. @param at stamps every entry, so that equal files give equal bytes */
export async function zipOf(files: readonly PackageFile[], at: Date): Promise<Buffer> {
  const zip = new ZipFile();
  const manifest = {
    schema: 'urn:vestige:package-manifest:v1',
    madeAt: at.toISOString(),
    files: files.map(({ name, content }) => ({ name, bytes: content.length, sha256: sha256(content) })),
  };
  const entries = [...files, { name: 'manifest.json', content: Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`) }];
  for (const { name, content } of entries) zip.addBuffer(content, name, { mtime: at, mode: 0o100644 });
  zip.end();
  return buffer(zip.outputStream);
}

export function sha256(content: Uint8Array): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}
