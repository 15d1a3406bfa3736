import { recording } from '../testing/opensearch/exchanges.ts';
import { startTestOpensearch } from '../testing/opensearch/start.ts';
import { opensearchPromises } from './opensearch-promises.ts';

/** On a real node, whose answers are written down for `opensearch.int.test.ts`. Needs Java, Maven and its repository. */
opensearchPromises(async () => recording(await startTestOpensearch()));
