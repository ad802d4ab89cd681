import { scenarioSuite } from './scenario-suite.ts';

scenarioSuite('transactions');
