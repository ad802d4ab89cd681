import { defineApi } from '../schema/api.ts';
import { array, bool, int16, int32, int64, nullable, string, tagged } from '../schema/field.ts';

/** ApiVersions (key 18): tells which API keys and versions a broker speaks. */
export const apiVersions = defineApi({
  key: 18,
  name: 'ApiVersions',
  versions: '0-5',
  flexible: '3+',
  request: {
    clientSoftwareName: string('3+', { default: '' }),
    clientSoftwareVersion: string('3+', { default: '' }),
    clusterId: nullable(string('5+'), { default: null }),
    nodeId: int32('5+', { default: -1 }),
  },
  response: {
    errorCode: int16('0+'),
    apiKeys: array('0+', {
      apiKey: int16('0+'),
      minVersion: int16('0+'),
      maxVersion: int16('0+'),
    }),
    throttleTimeMs: int32('1+', { default: 0 }),
    supportedFeatures: tagged(
      0,
      array(
        '3+',
        {
          name: string('3+', { default: '' }),
          minVersion: int16('3+', { default: 0 }),
          maxVersion: int16('3+', { default: 0 }),
        },
        { default: [] },
      ),
    ),
    finalizedFeaturesEpoch: tagged(1, int64('3+', { default: -1 })),
    finalizedFeatures: tagged(
      2,
      array(
        '3+',
        {
          name: string('3+', { default: '' }),
          maxVersionLevel: int16('3+', { default: 0 }),
          minVersionLevel: int16('3+', { default: 0 }),
        },
        { default: [] },
      ),
    ),
    zkMigrationReady: tagged(3, bool('3+', { default: false })),
  },
});
