import { scenarioSuite } from './scenario-suite.ts';

scenarioSuite('produce-consume');
