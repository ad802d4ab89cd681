import { createClient } from '@nagare/client';
import { runContender } from './contender.ts';

await runContender({
  async producer(bootstrap, topic) {
    const producer = createClient({ brokers: bootstrap }).producer({ acks: 1, batchBytesMax: 131_072 });
    return {
      async send(values) {
        await producer.send({ topic, messages: values.map((value) => ({ value })) });
      },
      close: () => producer.close(),
    };
  },
  async consume(bootstrap, topic, onRecords) {
    const client = createClient({ brokers: bootstrap });
    const consumer = client.consumer({ groupId: `bench-${process.pid}`, autoCommit: false, fetchWaitMsMax: 100 });
    consumer.subscribe({ topics: [topic], fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      const eachBatch = ({ messages }: { messages: Iterable<{ readonly value: Buffer | null }> }) => {
        let count = 0;
        for (const { value } of messages) if (value !== null) count++;
        if (!onRecords(count)) resolve();
      };
      consumer
        .run({ eachBatch })
        .then(({ finished }) => finished)
        .catch(reject);
    });
  },
});
