import type { DeserializationPolicy } from '../core/deserialization.ts';
import type { ErrorPolicy } from '../core/failures.ts';
import type { TestDriverOptions } from './topology-test-driver.ts';

type Options = Pick<
  TestDriverOptions,
  'onDeserializationError' | 'onProcessingError' | 'onProductionError' | 'deadLetterTopic'
>;

/** What is done about records that cannot be read, as the options of a driver say. */
export function deserializationPolicyOf({ onDeserializationError: decision = 'fail', deadLetterTopic }: Options) {
  return { decide: () => decision, deadLetterTopic } satisfies DeserializationPolicy;
}

/** What is done about other errors, as the options of a driver say. */
export function errorPolicyOf({ onProcessingError = 'fail', onProductionError = 'fail', deadLetterTopic }: Options) {
  return {
    processing: typeof onProcessingError === 'function' ? onProcessingError : () => onProcessingError,
    production: typeof onProductionError === 'function' ? onProductionError : () => onProductionError,
    deadLetterTopic,
  } satisfies ErrorPolicy;
}
