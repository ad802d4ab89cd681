import { defineApi } from '../schema/api.ts';
import { array, int16, string } from '../schema/field.ts';

/** SaslHandshake (key 17): chooses a SASL mechanism. */
export const saslHandshake = defineApi({
  key: 17,
  name: 'SaslHandshake',
  versions: '0-1',
  flexible: 'none',
  request: {
    mechanism: string('0+'),
  },
  response: {
    errorCode: int16('0+'),
    mechanisms: array('0+', string()),
  },
});
