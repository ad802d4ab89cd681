import { scenarioSuite } from './scenario-suite.ts';

scenarioSuite('streams', { share: 1 / 3 });
