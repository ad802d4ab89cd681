import { byteStoreSuite } from './contracts/byte-store-suite.ts';
import { versionedStoreSuite } from './contracts/versioned-store-suite.ts';
import { MemoryStore } from './memory.ts';

byteStoreSuite('MemoryStore', async () => new MemoryStore({ ordered: true }));
versionedStoreSuite('MemoryStore', async () => new MemoryStore({ ordered: true }), 100);
