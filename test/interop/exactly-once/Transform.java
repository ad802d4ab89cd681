import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** What transform.ts does, by Kafka's own client. Arguments: bootstrap servers, transactional id, group protocol. */
public class Transform {
    public static void main(String[] args) throws Exception {
        while (true) {
            // Positions and membership are as the failure left them, so both begin anew.
            KafkaProducer<String, String> producer = producer(args[0], args[1]);
            KafkaConsumer<String, String> consumer = consumer(args[0], args[2]);
            try {
                producer.initTransactions();
                consumer.subscribe(java.util.List.of("numbers"));
                while (true) transform(consumer, producer);
            } catch (KafkaException error) {
                System.err.println(error);
            } finally {
                producer.close(Duration.ZERO);
                consumer.close(Duration.ofSeconds(1));
            }
        }
    }

    private static void transform(KafkaConsumer<String, String> consumer, KafkaProducer<String, String> producer) {
        ConsumerRecords<String, String> records = consumer.poll(Duration.ofMillis(200));
        if (records.isEmpty()) return;
        producer.beginTransaction();
        Map<TopicPartition, OffsetAndMetadata> ends = new HashMap<>();
        for (ConsumerRecord<String, String> record : records) {
            String doubled = Long.toString(Long.parseLong(record.value()) * 2);
            producer.send(new ProducerRecord<>("doubles", record.partition(), null, doubled));
            ends.put(new TopicPartition("numbers", record.partition()), new OffsetAndMetadata(record.offset() + 1));
        }
        producer.sendOffsetsToTransaction(ends, consumer.groupMetadata());
        producer.commitTransaction();
    }

    private static KafkaProducer<String, String> producer(String bootstrap, String id) {
        Map<String, Object> settings = new HashMap<>();
        settings.put("bootstrap.servers", bootstrap);
        settings.put("transactional.id", id);
        settings.put("transaction.timeout.ms", 10_000);
        return new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer());
    }

    private static KafkaConsumer<String, String> consumer(String bootstrap, String protocol) {
        Map<String, Object> settings = new HashMap<>();
        settings.put("bootstrap.servers", bootstrap);
        settings.put("group.id", "transform");
        settings.put("group.protocol", protocol);
        if (protocol.equals("classic")) {
            settings.put("session.timeout.ms", 2_000);
            settings.put("heartbeat.interval.ms", 500);
        }
        settings.put("auto.offset.reset", "earliest");
        settings.put("enable.auto.commit", false);
        settings.put("isolation.level", "read_committed");
        settings.put("max.poll.records", 300);
        return new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer());
    }
}
