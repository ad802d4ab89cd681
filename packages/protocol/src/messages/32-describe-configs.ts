import { defineApi } from '../schema/api.ts';
import { array, bool, int8, int16, int32, nullable, string } from '../schema/field.ts';

/** DescribeConfigs (key 32): tells configs with their sources. */
export const describeConfigs = defineApi({
  key: 32,
  name: 'DescribeConfigs',
  versions: '1-4',
  flexible: '4+',
  request: {
    resources: array('0+', {
      resourceType: int8('0+'),
      resourceName: string('0+'),
      configurationKeys: nullable(array('0+', string())),
    }),
    includeSynonyms: bool('1+', { default: false }),
    includeDocumentation: bool('3+', { default: false }),
  },
  response: {
    throttleTimeMs: int32('0+', { default: 0 }),
    results: array('0+', {
      errorCode: int16('0+'),
      errorMessage: nullable(string('0+')),
      resourceType: int8('0+'),
      resourceName: string('0+'),
      configs: array('0+', {
        name: string('0+'),
        value: nullable(string('0+')),
        readOnly: bool('0+'),
        configSource: int8('1+', { default: -1 }),
        isSensitive: bool('0+'),
        synonyms: array('1+', {
          name: string('1+'),
          value: nullable(string('1+')),
          source: int8('1+'),
        }),
        configType: int8('3+', { default: 0 }),
        documentation: nullable(string('3+', { default: '' })),
      }),
    }),
  },
});
