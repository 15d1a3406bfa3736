import { replaying } from '../testing/opensearch/exchanges.ts';
import { opensearchPromises } from './opensearch-promises.ts';

/** On what a real node answered when it was last asked: no node can be had from npm or Debian. */
opensearchPromises(replaying);
