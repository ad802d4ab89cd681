import { Kafka, type KafkaConfig, logLevel } from 'kafkajs';

/** A kafkajs client that gives a busy machine time: by itself it waits a second for a connection. */
export function kafkajsClient(bootstrap: string, options: Partial<KafkaConfig> = {}): Kafka {
  const patience = { connectionTimeout: 60_000, requestTimeout: 60_000 };
  return new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING, ...patience, ...options });
}
