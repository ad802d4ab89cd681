import { Kafka, logLevel } from 'kafkajs';
import { runContender } from './contender.ts';

await runContender({
  async producer(bootstrap, topic) {
    const producer = new Kafka({ brokers: [bootstrap], logLevel: logLevel.ERROR }).producer();
    await producer.connect();
    return {
      async send(values) {
        await producer.send({ topic, acks: 1, messages: values.map((value) => ({ value })) });
      },
      close: () => producer.disconnect(),
    };
  },
  async consume(bootstrap, topic, onRecords) {
    const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.ERROR });
    const consumer = kafka.consumer({ groupId: `bench-${process.pid}`, maxWaitTimeInMs: 100 });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      // Batch by batch is kafkajs' faster way: message by message waits for a promise each.
      const eachBatch = async ({ batch }: { batch: { messages: readonly { value: Buffer | null }[] } }) => {
        let count = 0;
        for (const { value } of batch.messages) if (value !== null) count++;
        if (!onRecords(count)) resolve();
      };
      consumer.run({ autoCommit: false, eachBatch }).catch(reject);
    });
  },
});
