import type { Secret } from '@vestige/core/secret';
import type { Caller } from '@vestige/store/control/tenant-store';
import type { Logger } from 'pino';

/** What a handler finds on its context (`c.var`). */
export interface ApiEnv {
  Variables: {
    /** Who calls: tenant, key, scopes. Set before any `/v1` handler runs. */
    caller: Caller;
    /** The API key of the console’s session, where a call came with one and with none of its own. */
    sessionBearer: Secret | undefined;
    /** Aborted once the call was answered for taking too long: whatever its handler still brings, nobody gets. */
    givenUp: AbortSignal | undefined;
    /** Names this one call in logs, audit entries and problem details. Random. */
    callId: string;
    /** Writes the call id with every line; never give it bodies, identifiers or query strings. */
    log: Logger;
  };
}
