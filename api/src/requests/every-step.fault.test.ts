import { everyStepSuite } from './testing/every-step.ts';

everyStepSuite('on Postgres inside this process');
