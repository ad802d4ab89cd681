import { aggregateInfo } from './aggregate.ts';
import { cogroupInfo } from './cogroup.ts';
import { countInfo } from './count.ts';
import { deduplicateInfo } from './deduplicate.ts';
import type { OperatorInfo } from './define-operator.ts';
import { filterInfo } from './filter.ts';
import { filterNotInfo } from './filter-not.ts';
import { flatMapInfo } from './flat-map.ts';
import { flatMapValuesInfo } from './flat-map-values.ts';
import { forEachInfo } from './for-each.ts';
import { foreignKeyJoinInfo } from './foreign-key-join.ts';
import { joinGlobalInfo } from './join-global.ts';
import { joinInfo, leftJoinInfo } from './join-stream-table.ts';
import { liftInfo } from './lift.ts';
import { mapInfo } from './map.ts';
import { mapAsyncInfo, mapValuesAsyncInfo } from './map-async.ts';
import { mapValuesInfo } from './map-values.ts';
import { mergeInfo } from './merge.ts';
import { peekInfo } from './peek.ts';
import { processInfo, processValuesInfo } from './process.ts';
import { reduceInfo } from './reduce.ts';
import { selectKeyInfo } from './select-key.ts';
import { splitInfo } from './split.ts';
import { streamJoinInfo } from './stream-join.ts';
import { suppressInfo } from './suppress.ts';
import { tableAggregateInfo } from './table-aggregate.ts';
import { tableCountInfo } from './table-count.ts';
import { tableFilterInfo } from './table-filter.ts';
import { tableGroupByInfo } from './table-group-by.ts';
import { tableJoinInfo } from './table-join.ts';
import { tableMapValuesInfo } from './table-map-values.ts';
import { tableReduceInfo } from './table-reduce.ts';
import { tableSourceInfo } from './table-source.ts';
import { tableTransformValuesInfo } from './table-transform-values.ts';
import { toStreamInfo } from './to-stream.ts';

/** Every operator, for the manual and for tests that must not forget one. */
export const operators: readonly OperatorInfo[] = Object.freeze([
  aggregateInfo,
  cogroupInfo,
  countInfo,
  deduplicateInfo,
  filterInfo,
  filterNotInfo,
  flatMapInfo,
  flatMapValuesInfo,
  forEachInfo,
  foreignKeyJoinInfo,
  joinInfo,
  joinGlobalInfo,
  leftJoinInfo,
  liftInfo,
  mapInfo,
  mapAsyncInfo,
  mapValuesInfo,
  mapValuesAsyncInfo,
  mergeInfo,
  peekInfo,
  processInfo,
  processValuesInfo,
  reduceInfo,
  selectKeyInfo,
  splitInfo,
  streamJoinInfo,
  suppressInfo,
  tableAggregateInfo,
  tableCountInfo,
  tableFilterInfo,
  tableGroupByInfo,
  tableJoinInfo,
  tableMapValuesInfo,
  tableReduceInfo,
  tableSourceInfo,
  tableTransformValuesInfo,
  toStreamInfo,
]);
