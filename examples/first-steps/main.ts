import { createBroker } from '@nagare/broker';
import { createClient } from '@nagare/client';
import { int64, string } from '@nagare/serdes';
import { Streams, StreamsBuilder } from '@nagare/streams';

const builder = new StreamsBuilder();
builder
  .stream('lines', { key: string, value: string })
  .flatMapValues((line) => line.split(' '))
  .groupBy((_, word) => word, { key: string, value: string })
  .count()
  .toStream()
  .to('counts', { value: int64 });

await using broker = await createBroker(); // A Kafka broker in this process, in memory, on a free port.
const client = createClient({ brokers: broker });
await using admin = client.admin();
await admin.createTopics({ topics: [{ topic: 'lines' }, { topic: 'counts' }] });
await using producer = client.producer();
await producer.send({ topic: 'lines', messages: [{ value: 'the river flows' }, { value: 'to the sea' }] });

const config = { applicationId: 'word-count', brokers: broker, statestoreCacheMaxBytes: 0 }; // Every change, at once.
await using app = new Streams(builder.build(), config);
await app.start();

await using consumer = client.consumer({ groupId: 'readers', autoOffsetReset: 'earliest' });
consumer.subscribe({ topics: ['counts'] });
for await (const { topic, key, value, offset } of consumer.stream()) {
  console.log(`${key} ${int64.deserialize(topic, value)}`);
  if (offset === 5) break;
}
