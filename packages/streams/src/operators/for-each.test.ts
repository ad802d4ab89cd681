import { statelessSuite } from '../testing/stateless-suite.ts';

statelessSuite('forEach', (stream, call) => {
  stream.forEach(call);
  return stream;
});
