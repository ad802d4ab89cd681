export type { ByteStore } from '../state/byte-store.ts';
export { LevelStore } from '../state/level.ts';
export { MemoryStore } from '../state/memory.ts';
export { WriteBuffer } from '../state/write-buffer.ts';
export type { OutputRecord } from './output.ts';
export type { TaskOptions, TaskStore } from './task.ts';
export { Task } from './task.ts';
export type { CommitOffset, TaskCommit } from './task-commit.ts';
