import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Answers commands, one line of JSON each, with Kafka's own client; see ../driver.ts. */
public class Driver {
    private static final ObjectMapper json = new ObjectMapper();
    private static String bootstrap;
    private static final List<KafkaConsumer<String, String>> members = new ArrayList<>();

    public static void main(String[] args) throws Exception {
        bootstrap = args[0];
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line; (line = in.readLine()) != null; ) {
            ObjectNode answer = json.createObjectNode();
            try {
                act(json.readTree(line), answer);
            } catch (Throwable error) {
                error.printStackTrace();
                answer.put("failed", error.toString());
            }
            System.out.println(json.writeValueAsString(answer));
        }
        System.exit(0);
    }

    private static void act(JsonNode ask, ObjectNode answer) throws Exception {
        String topic = ask.path("topic").asText();
        switch (ask.get("command").asText()) {
            case "createTopic" -> {
                try (Admin admin = admin()) {
                    admin.createTopics(List.of(new NewTopic(topic, ask.get("partitions").asInt(), (short) 1))).all().get();
                }
            }
            case "addPartitions" -> {
                try (Admin admin = admin()) {
                    admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(ask.get("partitions").asInt()))).all().get();
                }
            }
            case "deleteTopic" -> {
                try (Admin admin = admin()) {
                    admin.deleteTopics(List.of(topic)).all().get();
                }
            }
            case "produce" -> produce(ask, topic);
            case "consume" -> consume(ask, topic, answer);
            case "readCommitted" -> readCommitted(ask, topic, answer);
            case "offsetForTime" -> offsetForTime(ask, topic, answer);
            case "transaction" -> transaction(ask, topic);
            case "fence" -> fence(ask, topic, answer);
            default -> throw new IllegalArgumentException(ask.toString());
        }
    }

    private static Admin admin() {
        return Admin.create(Map.of("bootstrap.servers", bootstrap));
    }

    private static KafkaProducer<String, String> producer(Map<String, Object> settings) {
        Map<String, Object> all = new HashMap<>(settings);
        all.put("bootstrap.servers", bootstrap);
        all.put("linger.ms", 20);
        return new KafkaProducer<>(all, new StringSerializer(), new StringSerializer());
    }

    private static KafkaConsumer<String, String> consumer(Map<String, Object> settings) {
        Map<String, Object> all = new HashMap<>(settings);
        all.put("bootstrap.servers", bootstrap);
        all.put("auto.offset.reset", "earliest");
        all.put("enable.auto.commit", false);
        return new KafkaConsumer<>(all, new StringDeserializer(), new StringDeserializer());
    }

    private static void produce(JsonNode ask, String topic) throws Exception {
        try (var producer = producer(Map.of("compression.type", ask.get("codec").asText()))) {
            long timestamp = ask.get("timestamp").asLong();
            var sent = new ArrayList<java.util.concurrent.Future<?>>();
            for (JsonNode value : ask.get("values")) {
                sent.add(producer.send(new ProducerRecord<>(topic, ask.get("partition").asInt(), timestamp++, null, value.asText())));
            }
            for (var each : sent) each.get();
        }
    }

    private static List<ConsumerRecord<String, String>> read(KafkaConsumer<String, String> consumer, int count) {
        List<ConsumerRecord<String, String>> records = new ArrayList<>();
        long deadline = System.nanoTime() + 60_000_000_000L;
        while (records.size() < count && System.nanoTime() < deadline) {
            for (var record : consumer.poll(Duration.ofMillis(500))) {
                if (records.size() < count) records.add(record);
            }
        }
        return records;
    }

    private static void answerRecords(List<ConsumerRecord<String, String>> records, ObjectNode answer) {
        ArrayNode list = answer.putArray("records");
        for (var record : records) {
            list.addObject().put("partition", record.partition()).put("offset", record.offset()).put("value", record.value());
        }
    }

    private static void consume(JsonNode ask, String topic, ObjectNode answer) {
        Map<String, Object> settings = new HashMap<>();
        settings.put("group.id", ask.get("group").asText());
        if (ask.get("protocol").asText().equals("consumer")) settings.put("group.protocol", "consumer");
        else settings.put("session.timeout.ms", 6000);
        var consumer = consumer(settings);
        members.add(consumer);
        consumer.subscribe(List.of(topic));
        var records = read(consumer, ask.get("count").asInt());
        Map<TopicPartition, OffsetAndMetadata> ends = new HashMap<>();
        for (var record : records) {
            ends.put(new TopicPartition(topic, record.partition()), new OffsetAndMetadata(record.offset() + 1));
        }
        consumer.commitSync(ends);
        answerRecords(records, answer);
    }

    private static void readCommitted(JsonNode ask, String topic, ObjectNode answer) {
        try (var consumer = consumer(Map.of("isolation.level", "read_committed"))) {
            consumer.assign(List.of(new TopicPartition(topic, 0)));
            answerRecords(read(consumer, ask.get("count").asInt()), answer);
        }
    }

    private static void offsetForTime(JsonNode ask, String topic, ObjectNode answer) {
        try (var consumer = consumer(Map.of())) {
            var place = new TopicPartition(topic, ask.get("partition").asInt());
            var found = consumer.offsetsForTimes(Map.of(place, ask.get("timestamp").asLong())).get(place);
            answer.put("offset", found == null ? -1 : found.offset());
        }
    }

    private static KafkaProducer<String, String> transactional(String id) {
        var producer = producer(Map.of("transactional.id", id));
        producer.initTransactions();
        return producer;
    }

    private static void transaction(JsonNode ask, String topic) throws Exception {
        try (var producer = transactional(ask.get("id").asText())) {
            producer.beginTransaction();
            for (JsonNode value : ask.get("values")) producer.send(new ProducerRecord<>(topic, 0, null, value.asText()));
            producer.flush();
            if (ask.get("commit").asBoolean()) producer.commitTransaction();
            else producer.abortTransaction();
        }
    }

    private static void fence(JsonNode ask, String topic, ObjectNode answer) throws Exception {
        var first = transactional(ask.get("id").asText());
        first.beginTransaction();
        first.send(new ProducerRecord<>(topic, 0, null, "of the fenced")).get();
        try (var second = transactional(ask.get("id").asText())) {
            first.commitTransaction();
            answer.put("error", "none");
        } catch (Exception error) {
            answer.put("error", error.getClass().getSimpleName());
        } finally {
            first.close(Duration.ZERO);
        }
    }
}
