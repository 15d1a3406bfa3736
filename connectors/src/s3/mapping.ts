import { z } from 'zod';
import { keyTemplate } from '../key-template.ts';

const identifierType = z.string().regex(/^[a-z][a-z0-9_]{0,31}$/);
const identifiers = z
  .record(identifierType, z.string().min(1))
  .refine((map) => Object.keys(map).length > 0, 'needs at least one identifier');

/** Objects of one kind, and what says whose each is: its key, its metadata, or a list kept beside them. */
export const ObjectFamily = z
  .strictObject({
    /** Node id in lineage, e.g. `store:s3://exports/customers`. */
    node: z.string().min(3).max(512),
    /** `customers/{customer_id}/*`: `{identifier type}` stands for one path segment or part of it, `*` for anything. */
    keys: z.string().min(1).max(1024),
    /** Identifier type → name of the user metadata (`x-amz-meta-…`) that holds it. One request for each object. */
    metadata: identifiers.optional(),
    /** An object of JSON lines that says whose each object is. Its lines of the person go too. */
    index: z
      .strictObject({
        object: z.string().min(1).max(1024),
        /** Field of a line that holds the object's key. */
        keyField: z.string().min(1),
        /** Identifier type → field of a line. */
        identifiers,
      })
      .optional(),
  })
  .superRefine((family, context) => {
    const places = [
      keyTemplate(family.keys, '/').types.length > 0,
      family.metadata !== undefined,
      family.index !== undefined,
    ].filter(Boolean).length;
    if (places === 0) {
      context.addIssue('needs an {identifier type} in `keys`, or `metadata`, or `index`: nobody can be found in it');
    }
    if (places > 1) context.addIssue('names the person in more than one place; write one family per place');
  });
export type ObjectFamily = z.infer<typeof ObjectFamily>;

const credential = z.strictObject({ accessKeyId: z.string().min(1), secretAccessKey: z.string().min(1) });

export const S3Config = z.strictObject({
  connector: z.literal('s3'),
  bucket: z.string().min(3).max(255),
  region: z.string().min(1).default('us-east-1'),
  /** Of a server other than Amazon's; its buckets are then addressed by path. */
  endpoint: z.url({ protocol: /^https?$/ }).optional(),
  /** May list, read and delete. Absent: what the process finds in its environment. */
  credential: credential.optional(),
  /** May only list and read. Without it a verification says that it looked again the same way. */
  verifyCredential: credential.optional(),
  objects: z.array(ObjectFamily).min(1).max(200),
  /** Keys asked for at once. */
  pageKeys: z.int().min(1).max(1000).default(1000),
  /** Key templates of objects without personal data, said by someone who knows. */
  withoutPersonalData: z.array(z.string().min(1).max(1024)).max(2000).default([]),
});
export type S3Config = z.infer<typeof S3Config>;

export function typesOf(family: ObjectFamily): readonly string[] {
  const elsewhere = family.metadata ?? family.index?.identifiers;
  return elsewhere ? Object.keys(elsewhere) : keyTemplate(family.keys, '/').types;
}
