import { readFileSync } from 'node:fs';
import Ajv from 'ajv-draft-04';
import addFormats from 'ajv-formats';

// `strict` would object to the schema itself, which says things about an activity where no validator looks.
const ajv = new Ajv.default({ strict: false, allErrors: true });
addFormats.default(ajv);
const validate = ajv.compile(JSON.parse(readFileSync(new URL('./prov-json-schema.json', import.meta.url), 'utf8')));

/** What the schema of the W3C Member Submission, read by an independent validator, has against a document. */
export function provProblems(document: unknown): string[] {
  if (validate(document)) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}
