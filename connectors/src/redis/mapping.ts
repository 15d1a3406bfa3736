import { z } from 'zod';
import { keyTemplate } from '../key-template.ts';

const identifierType = z.string().regex(/^[a-z][a-z0-9_]{0,31}$/);

/** One family of keys and where in it a person is named: in the key, in fields of a hash, or among the members. */
export const KeyFamily = z
  .strictObject({
    /** Node id in lineage, e.g. `store:redis://cache:6379/0.session:*`. */
    node: z.string().min(3).max(512),
    /** `session:{customer_id}:*`: `{identifier type}` stands for an identifier, `*` for anything. */
    keys: z.string().min(1).max(512),
    /** Of hashes: identifier type → field that holds it. The whole key is the person's. */
    fields: z.record(identifierType, z.string().min(1)).optional(),
    /** Of sets, sorted sets and lists: each member is an identifier of this type. The member goes, the key stays. */
    members: identifierType.optional(),
    /** Of hashes: each field name is an identifier of this type. The field goes, the key stays. */
    entries: identifierType.optional(),
    /** One character that no identifier in a key holds. */
    separator: z.string().max(1).default(':'),
  })
  .superRefine((family, context) => {
    const places = [
      keyTemplate(family.keys, family.separator).types.length > 0,
      family.fields !== undefined && Object.keys(family.fields).length > 0,
      family.members !== undefined,
      family.entries !== undefined,
    ].filter(Boolean).length;
    if (places === 0) {
      context.addIssue(
        'needs an {identifier type} in `keys`, or `fields`, `members` or `entries`: nobody can be found in it',
      );
    }
    if (places > 1) context.addIssue('names the person in more than one place; write one family per place');
  });
export type KeyFamily = z.infer<typeof KeyFamily>;

export const RedisConfig = z.strictObject({
  connector: z.literal('redis'),
  /** `redis[s]://user:password@host:6379/0`; the number is the database. A user that may read and delete. */
  url: z.string().regex(/^rediss?:\/\//),
  /** Another user, that may only read. Without it a verification says that it looked again the same way. */
  verifyUrl: z
    .string()
    .regex(/^rediss?:\/\//)
    .optional(),
  families: z.array(KeyFamily).min(1).max(200),
  /** Templates of keys without personal data, said by someone who knows. */
  withoutPersonalData: z.array(z.string().min(1).max(512)).max(2000).default([]),
  /** `rewrite` has the server rewrite its snapshot and append-only file after an erasure, so that the bytes leave them. */
  persistence: z.enum(['rewrite', 'leave']).default('leave'),
});
export type RedisConfig = z.infer<typeof RedisConfig>;

export function typesOf(family: KeyFamily): readonly string[] {
  if (family.fields) return Object.keys(family.fields);
  return [family.members ?? family.entries ?? []].flat().concat(keyTemplate(family.keys, family.separator).types);
}
