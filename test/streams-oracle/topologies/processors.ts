import { input, step, to, topology } from './steps.ts';

const hosted = (name: string, op: 'process' | 'processValues', options: Record<string, string>) =>
  topology(name, input, step(op, 's', 'p', options), to('p'));

/** The processor API. */
export const processors = [
  hosted('process', 'process', { fn: 'bang' }),
  hosted('process-named', 'process', { fn: 'rekey', name: 'rekey' }),
  hosted('process-twice', 'process', { fn: 'twice' }),
  hosted('process-headers', 'process', { fn: 'header' }),
  hosted('process-metadata', 'process', { fn: 'metadata' }),
  hosted('process-stream-time', 'process', { fn: 'streamTime' }),
  hosted('process-with-store', 'process', { fn: 'remember', store: 'last' }),
  hosted('process-values', 'processValues', { fn: 'bang' }),
  hosted('process-values-twice', 'processValues', { fn: 'twice', name: 'twice' }),
  hosted('process-values-metadata', 'processValues', { fn: 'metadata' }),
  hosted('process-values-with-store', 'processValues', { fn: 'remember', store: 'last' }),
  hosted('punctuate-stream-time', 'process', { fn: 'streamTick' }),
  hosted('punctuate-wall-clock', 'process', { fn: 'wallTick' }),
  hosted('punctuate-anchored', 'process', { fn: 'anchoredTick' }),
  hosted('punctuate-anchored-wall-clock', 'process', { fn: 'anchoredWallTick' }),
  hosted('punctuate-several', 'process', { fn: 'twoTicks' }),
  hosted('punctuate-cancelled', 'process', { fn: 'tickThrice' }),
  hosted('punctuate-from-records', 'process', { fn: 'tickOnA' }),
  hosted('punctuate-in-punctuator', 'process', { fn: 'tickInTick' }),
  hosted('punctuate-store', 'process', { fn: 'sweep', store: 'last' }),
  hosted('punctuate-values', 'processValues', { fn: 'flushLast' }),
  topology(
    'punctuate-then-group',
    ...[
      input,
      step('process', 's', 'p', { fn: 'wallTick' }),
      step('groupByKey', 'p', 'g'),
      step('count', 'g', 'c', { store: 'counts' }),
    ],
    ...[step('toStream', 'c', 'o'), to('o')],
  ),
  topology(
    'punctuate-then-map',
    ...[
      input,
      step('process', 's', 'p', { fn: 'streamTick' }),
      step('mapValues', 'p', 'm', { fn: 'bang' }),
      step('filter', 'm', 'f', { fn: 'hasKey' }),
    ],
    to('f'),
  ),
  topology(
    'process-then-group',
    ...[
      input,
      step('process', 's', 'p', { fn: 'rekey' }),
      step('groupByKey', 'p', 'g'),
      step('count', 'g', 'c', { store: 'counts' }),
    ],
    ...[step('toStream', 'c', 'o'), to('o')],
  ),
];
