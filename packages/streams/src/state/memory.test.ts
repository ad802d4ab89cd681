import { byteStoreSuite } from './contracts/byte-store-suite.ts';
import { MemoryStore } from './memory.ts';

byteStoreSuite('MemoryStore', async () => new MemoryStore({ ordered: true }));
