import { defineApi } from '../schema/api.ts';
import { array, bool, int16, int32, int64, nullable, string } from '../schema/field.ts';

/** DescribeLogDirs (key 35): tells how much each log directory holds. */
export const describeLogDirs = defineApi({
  key: 35,
  name: 'DescribeLogDirs',
  versions: '1-5',
  flexible: '2+',
  request: {
    topics: nullable(
      array('0+', {
        topic: string('0+'),
        partitions: array('0+', int32()),
      }),
    ),
  },
  response: {
    throttleTimeMs: int32('0+', { default: 0 }),
    errorCode: int16('3+', { default: 0 }),
    results: array('0+', {
      errorCode: int16('0+'),
      logDir: string('0+'),
      topics: array('0+', {
        name: string('0+'),
        partitions: array('0+', {
          partitionIndex: int32('0+'),
          partitionSize: int64('0+'),
          offsetLag: int64('0+'),
          isFutureKey: bool('0+'),
        }),
      }),
      totalBytes: int64('4+', { default: -1 }),
      usableBytes: int64('4+', { default: -1 }),
      isCordoned: bool('5+', { default: false }),
    }),
  },
});
