import { everyStepSuite } from './testing/every-step.ts';

everyStepSuite('on a Postgres server');
