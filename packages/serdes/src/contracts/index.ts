export { serdeSuite } from './serde-suite.ts';
