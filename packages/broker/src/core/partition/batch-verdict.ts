import type { ErrorName } from '@nagare/protocol';
import type { LogConfig } from '../../log/log-config.ts';

/** What is wrong with one record of a batch. */
export interface RecordError {
  /** Its place in the batch. */
  readonly batchIndex: number;
  readonly message: string;
}

/** Why a batch is not appended. */
export interface BatchRefusal {
  readonly kind: 'error';
  readonly error: ErrorName;
  readonly message: string | null;
  readonly recordErrors: readonly RecordError[];
}

/** A batch that may be appended, perhaps not the one that came. */
export interface ValidBatch {
  readonly kind: 'valid';
  readonly batch: Buffer;
  /** The timestamp that all records have now, or -1. */
  readonly logAppendTimeMs: number;
}

/** What a batch is judged by. */
export interface ValidationOptions {
  readonly config: LogConfig;
  readonly nowMs: number;
  /** Of the Produce request. */
  readonly version: number;
}

export function refuse(error: ErrorName, message: string, recordErrors: readonly RecordError[] = []): BatchRefusal {
  return { kind: 'error', error, message, recordErrors };
}
