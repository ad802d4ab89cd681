export { byteStoreSuite } from './byte-store-suite.ts';
export { versionedStoreSuite } from './versioned-store-suite.ts';
