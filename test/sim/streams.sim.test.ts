import { scenarioSuite } from './scenario-suite.ts';

scenarioSuite('streams');
