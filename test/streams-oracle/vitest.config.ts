import { sequentialTests } from '../tools/sequential-vitest.ts';

export default sequentialTests('test/streams-oracle/**/*.oracle.test.ts');
