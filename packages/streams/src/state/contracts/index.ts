export { byteStoreSuite } from './byte-store-suite.ts';
