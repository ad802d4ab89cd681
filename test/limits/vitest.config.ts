import { sequentialTests } from '../tools/sequential-vitest.ts';

export default sequentialTests('test/limits/**/*.test.ts');
