/**
 * What the examples share: a broker to run on, waiting for the end, reading topics back, and the command line.
 *
 * @module
 */
export { brokerAddress, commandLine, UsageError, wholeNumber } from './command-line.ts';
export { drained, type Standing } from './drained.ts';
export { runExample } from './example.ts';
export { Progress } from './progress.ts';
export { type EachRecord, type ReadBack, readBack, readTable, type StoredRecord } from './read-back.ts';
export { runOnStage } from './run-on-stage.ts';
export { runThrough } from './run-through.ts';
export { openStage, type Stage, type StageOptions } from './stage.ts';
export { table } from './table.ts';
