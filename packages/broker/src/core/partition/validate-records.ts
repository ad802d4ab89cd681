import { isLogAppendTime, maxTimestamp, noTimestamp, RecordReader } from '@nagare/protocol';
import type { LogConfig } from '../../log/log-config.ts';
import { type BatchRefusal, type RecordError, refuse, type ValidationOptions } from './batch-verdict.ts';

/** A client that sends only bad records must not make a long answer. */
const recordErrorsMax = 100;

/**
 * What the records of one batch may come to. It bounds how long a batch can keep everything else waiting, and producers
 * split a batch that is refused for its size.
 */
const inflatedBytesUsual = 16 * 1024 * 1024;

/** The most that the records of a batch may inflate to: a topic for larger messages takes them in any case. */
export function inflatedBytesMax({ maxMessageBytes }: LogConfig): number {
  return Math.max(inflatedBytesUsual, maxMessageBytes);
}

/** Whether the header alone cannot tell that the records are as the topic wants them. */
export function needsRecords(batch: Buffer, { config, nowMs }: ValidationOptions): boolean {
  if (config.cleanupPolicy.includes('compact')) return true;
  if (config.messageTimestampType === 'LogAppendTime') return isLogAppendTime(batch);
  // The oldest timestamp is not in the header; the newest is.
  return config.messageTimestampBeforeMaxMs < nowMs || maxTimestamp(batch) - nowMs > config.messageTimestampAfterMaxMs;
}

/** Reads the records of a batch and says why they are refused, if they are. */
export function validateRecords(batch: Buffer, options: ValidationOptions): BatchRefusal | undefined {
  const needsKeys = options.config.cleanupPolicy.includes('compact');
  const recordErrors: RecordError[] = [];
  let hasBadTime = false;
  const reader = new RecordReader(batch, { decompressBytesMax: inflatedBytesMax(options.config) });
  for (let batchIndex = 0; reader.next(); batchIndex += 1) {
    const hasKey = reader.keyLength >= 0;
    const fault = needsKeys && !hasKey ? noKey : timestampFault(batch, reader.timestamp, options);
    if (fault === undefined) continue;
    hasBadTime ||= fault !== noKey;
    if (recordErrors.length < recordErrorsMax) recordErrors.push({ batchIndex, message: fault });
  }
  if (recordErrors.length === 0) return undefined;
  const error = hasBadTime ? 'INVALID_TIMESTAMP' : 'INVALID_RECORD';
  return refuse(error, `Records are refused, the first because: ${recordErrors[0]!.message}`, recordErrors);
}

const noKey = 'A compacted topic takes no records without a key';

function timestampFault(batch: Buffer, timestampMs: number, { config, nowMs }: ValidationOptions): string | undefined {
  if (config.messageTimestampType === 'LogAppendTime') {
    return isLogAppendTime(batch) ? 'Only brokers set the timestamp type LogAppendTime' : undefined;
  }
  const fromMs = nowMs - config.messageTimestampBeforeMaxMs;
  const toMs = nowMs + config.messageTimestampAfterMaxMs;
  if (timestampMs === noTimestamp || (timestampMs >= fromMs && timestampMs <= toMs)) return undefined;
  return `The timestamp ${timestampMs} is not within ${fromMs} to ${toMs}`;
}
