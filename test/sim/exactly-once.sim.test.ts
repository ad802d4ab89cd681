import { scenarioSuite } from './scenario-suite.ts';

scenarioSuite('exactly-once');
