import { VestigeError } from '@vestige/core/errors';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export const isUuid = (text: string): boolean => UUID.test(text);

/**
 * The first argument of a command about one request. Checked here because it becomes part of an address.
 *
 * @throws VestigeError bad_request, without what was given
 */
export function requestIdOf(args: readonly string[]): string {
  const [given = ''] = args;
  if (isUuid(given)) return given;
  throw new VestigeError('bad_request', 'This is not the id of a request; vestige request list shows them.');
}

/**
 * Likewise for a command about one task.
 *
 * @throws VestigeError bad_request, without what was given
 */
export function taskIdOf(args: readonly string[]): string {
  const [given = ''] = args;
  if (isUuid(given)) return given;
  throw new VestigeError('bad_request', 'This is not the id of a task; vestige request tasks shows them.');
}
