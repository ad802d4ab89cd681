/**
 * Reads numbers, doubles them and writes them in transactions, as a process that tests kill. It begins again after whatever fails.
 *
 * Arguments: bootstrap servers, transactional id.
 */
import { ClientError, type Consumer, createClient, type Producer } from '@nagare/client';

const [brokers = '', transactionalId = ''] = process.argv.slice(2);
const client = createClient({ brokers });

async function transform(consumer: Consumer, producer: Producer): Promise<void> {
  const fetched = await consumer.poll({ timeoutMs: 200, bytesMax: 16_000 });
  if (fetched.length === 0) return;
  await using tx = await producer.transaction();
  const messages: { value: string; partition: number }[] = [];
  for (const chunk of fetched) {
    const cursor = chunk.records();
    while (cursor.next()) messages.push({ value: `${Number(cursor.value) * 2}`, partition: chunk.partition });
  }
  const offsets = fetched.map(({ topic, partition, nextOffset: offset }) => ({ topic, partition, offset }));
  await Promise.all([tx.send({ topic: 'doubles', messages }), tx.sendOffsets({ consumer, offsets })]);
  await tx.commit();
}

for (;;) {
  // Positions and membership are as the failure left them, so both begin anew.
  const producer = client.producer({ transactionalId, transactionTimeoutMs: 10_000 });
  const consumer = client.consumer({
    ...{ groupId: 'transform', autoCommit: false, autoOffsetReset: 'earliest', isolationLevel: 'read_committed' },
    ...{ sessionTimeoutMs: 2_000, heartbeatIntervalMs: 500, partitionFetchBytesMax: 8_000 },
  });
  consumer.subscribe({ topics: ['numbers'] });
  try {
    for (;;) await transform(consumer, producer);
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    process.stderr.write(`${error.message}\n`);
  } finally {
    await consumer.close({ timeoutMs: 1_000 });
    await producer.close({ timeoutMs: 1_000 });
  }
}
