import { Consumer, MessagesStreamModes, ProduceAcks, Producer } from '@platformatic/kafka';
import { runContender } from './contender.ts';

await runContender({
  async producer(bootstrap, topic) {
    const producer = new Producer<Buffer, Buffer, Buffer, Buffer>({
      clientId: 'bench',
      bootstrapBrokers: [bootstrap],
      acks: ProduceAcks.LEADER,
    });
    return {
      async send(values) {
        await producer.send({ messages: values.map((value) => ({ topic, value, partition: 0 })) });
      },
      close: () => producer.close(),
    };
  },
  async consume(bootstrap, topic, onRecords) {
    const consumer = new Consumer<Buffer, Buffer, Buffer, Buffer>({
      clientId: 'bench',
      bootstrapBrokers: [bootstrap],
      groupId: `bench-${process.pid}`,
      highWaterMark: 10_000,
    });
    const stream = await consumer.consume({
      topics: [topic],
      mode: MessagesStreamModes.EARLIEST,
      autocommit: false,
      maxWaitTime: 100,
    });
    await new Promise<void>((resolve, reject) => {
      stream.once('error', reject);
      stream.on('data', () => {
        if (!onRecords(1)) resolve();
      });
    });
  },
});
