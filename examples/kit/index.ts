/**
 * What the examples share: a broker to run on, waiting for the end, reading topics back, and the command line.
 *
 * @module
 */
export { brokerAddress, commandLine, UsageError, wholeNumber } from './command-line.ts';
export { drained, type Standing } from './drained.ts';
export { runExample } from './example.ts';
export { Progress } from './progress.ts';
export { type EachRecord, type ReadBack, readBack } from './read-back.ts';
export { openStage, type Stage, type StageOptions } from './stage.ts';
export { table } from './table.ts';
