import { scenarioSuite } from './scenario-suite.ts';

scenarioSuite('admin-churn');
