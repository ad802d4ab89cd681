import { defineApi } from '../schema/api.ts';
import { array, bool, int8, int16, int32, nullable, string } from '../schema/field.ts';

/** UpdateFeatures (key 57): raises or lowers the levels of features. */
export const updateFeatures = defineApi({
  key: 57,
  name: 'UpdateFeatures',
  versions: '0-2',
  flexible: '0+',
  request: {
    timeoutMs: int32('0+', { default: 60000 }),
    featureUpdates: array('0+', {
      feature: string('0+'),
      maxVersionLevel: int16('0+'),
      allowDowngrade: bool('0', { default: false }),
      upgradeType: int8('1+', { default: 1 }),
    }),
    validateOnly: bool('1+', { default: false }),
  },
  response: {
    throttleTimeMs: int32('0+', { default: 0 }),
    errorCode: int16('0+'),
    errorMessage: nullable(string('0+')),
    results: array(
      '0-1',
      {
        feature: string('0+'),
        errorCode: int16('0+'),
        errorMessage: nullable(string('0+')),
      },
      { default: [] },
    ),
  },
});
