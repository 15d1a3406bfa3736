import fc from 'fast-check';
import { inject } from 'vitest';

declare module 'vitest' {
  export interface ProvidedContext {
    /** A whole number, or `random` (vitest.config.ts). */
    propertySeed: string;
  }
}

const wanted = inject('propertySeed');
const seed = wanted === 'random' ? null : Number(wanted);
if (seed !== null && !Number.isInteger(seed)) {
  throw new Error(`PROPERTY_SEED is a whole number or "random", not "${wanted}"`);
}
fc.configureGlobal({ ...fc.readConfigureGlobal(), ...(seed === null ? {} : { seed }) });
