import type { ErrorName } from '@nagare/protocol';
import { nameLengthMax } from '../core/group/work.ts';

/** Whether a transactional id can be remembered: it is not empty, and its record can be written. */
export function isTransactionalId(id: string): boolean {
  return id !== '' && id.length <= nameLengthMax;
}

/** What clients are told that do not know PRODUCER_FENCED. */
export function producerFencedAs(error: ErrorName): ErrorName {
  return error === 'PRODUCER_FENCED' ? 'INVALID_PRODUCER_EPOCH' : error;
}
