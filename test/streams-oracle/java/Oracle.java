import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.*;
import java.io.*;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.time.*;
import java.util.*;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.*;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.*;
import org.apache.kafka.streams.*;
import org.apache.kafka.streams.kstream.Windowed;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.internals.*;
import org.apache.kafka.streams.state.*;
import org.apache.kafka.streams.test.TestRecord;

/** Answers lines of JSON: a topology and inputs come in, what Kafka Streams' TopologyTestDriver does with them goes out. */
public final class Oracle {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final HexFormat HEX = HexFormat.of();
  private final JsonNode spec;
  private final String stateDirectory;

  private Oracle(JsonNode spec, String stateDirectory) { this.spec = spec; this.stateDirectory = stateDirectory; }

  public static void main(String[] args) throws Exception {
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      ObjectNode answer;
      try {
        answer = new Oracle(JSON.readTree(line), args[0]).answer();
      } catch (Throwable error) {
        StringWriter trace = new StringWriter();
        error.printStackTrace(new PrintWriter(trace));
        answer = JSON.createObjectNode().put("error", trace.toString());
      }
      out.println(JSON.writeValueAsString(answer));
      out.flush();
    }
  }

  private Properties config() {
    Properties config = new Properties();
    config.put("application.id", "test");
    config.put("bootstrap.servers", "none:1");
    config.put("statestore.cache.max.bytes", "0");
    config.put("state.dir", stateDirectory);
    spec.path("config").properties().forEach(entry -> config.put(entry.getKey(), entry.getValue().isNumber() ? entry.getValue().numberValue() : entry.getValue().asText()));
    return config;
  }

  private Topology topology() {
    Properties config = config();
    StreamsBuilder builder = new StreamsBuilder(new TopologyConfig(new StreamsConfig(config)));
    new Interpreter(builder).run(spec.get("steps"));
    return builder.build(config);
  }

  private ObjectNode answer() throws Exception {
    ObjectNode answer = JSON.createObjectNode();
    answer.put("describe", topology().describe().toString());
    ArrayNode runs = answer.putArray("runs");
    for (JsonNode events : spec.get("runs")) {
      try (TopologyTestDriver driver = new TopologyTestDriver(topology(), config(), Instant.EPOCH)) {
        if (!answer.has("topics")) answer.set("topics", internalTopics(driver));
        runs.add(run(driver, events));
      }
    }
    return answer;
  }

  private ObjectNode run(TopologyTestDriver driver, JsonNode events) throws Exception {
    Map<String, TestInputTopic<byte[], byte[]>> inputs = new HashMap<>();
    ObjectNode answer = JSON.createObjectNode();
    try {
      for (JsonNode event : events) {
        if (event.has("advance")) driver.advanceWallClockTime(Duration.ofMillis(event.get("advance").asLong()));
        else inputs.computeIfAbsent(event.get("topic").asText(), topic -> driver.createInputTopic(topic, new ByteArraySerializer(), new ByteArraySerializer())).pipeInput(recordOf(event));
      }
    } catch (RuntimeException error) {
      answer.put("error", String.valueOf(error));
    }
    answer.set("topics", outputs(driver));
    answer.set("stores", stores(driver, events));
    answer.put("dropped", dropped(driver));
    return answer;
  }

  private static TestRecord<byte[], byte[]> recordOf(JsonNode event) {
    RecordHeaders headers = new RecordHeaders();
    for (JsonNode header : event.path("headers")) headers.add(header.get(0).asText(), bytes(header.get(1)));
    return new TestRecord<>(bytes(event.get("key")), bytes(event.get("value")), headers, event.get("timestamp").asLong());
  }

  private static byte[] bytes(JsonNode text) { return text.isNull() ? null : text.asText().getBytes(StandardCharsets.UTF_8); }

  private static String hex(byte[] bytes) { return bytes == null ? null : HEX.formatHex(bytes); }

  @SuppressWarnings("unchecked")
  private static <T> T read(Object of, String name) throws Exception {
    Field field = of.getClass().getDeclaredField(name);
    field.setAccessible(true);
    return (T) field.get(of);
  }

  private static ObjectNode outputs(TopologyTestDriver driver) throws Exception {
    Map<String, Queue<ProducerRecord<byte[], byte[]>>> written = read(driver, "outputRecordsByTopic");
    ObjectNode answer = JSON.createObjectNode();
    for (Map.Entry<String, Queue<ProducerRecord<byte[], byte[]>>> topic : new TreeMap<>(written).entrySet()) {
      ArrayNode records = answer.putArray(topic.getKey());
      for (ProducerRecord<byte[], byte[]> each : topic.getValue()) {
        ArrayNode record = records.addArray().add(hex(each.key())).add(hex(each.value())).add(each.timestamp() == null ? -1 : each.timestamp());
        for (Header header : each.headers()) record.add(header.key() + "=" + hex(header.value()));
      }
    }
    return answer;
  }

  private static long dropped(TopologyTestDriver driver) {
    double sum = 0;
    for (var entry : driver.metrics().entrySet()) {
      if (entry.getKey().name().equals("dropped-records-total")) sum += (double) entry.getValue().metricValue();
    }
    return (long) sum;
  }

  @SuppressWarnings("unchecked")
  private ObjectNode stores(TopologyTestDriver driver, JsonNode events) {
    ObjectNode answer = JSON.createObjectNode();
    for (JsonNode step : spec.get("steps")) {
      if (!step.has("store")) continue;
      StateStore store = driver.getAllStateStores().get(step.get("store").asText());
      if (store == null) continue;
      TreeSet<String> lines = new TreeSet<>();
      if (store instanceof KeyValueStore<?, ?> rows) {
        try (KeyValueIterator<?, ?> all = rows.all()) { all.forEachRemaining(row -> lines.add(line(row))); }
      } else if (store instanceof WindowStore<?, ?> rows) {
        try (KeyValueIterator<?, ?> all = rows.all()) { all.forEachRemaining(row -> lines.add(line(row))); }
      } else if (store instanceof SessionStore<?, ?> rows) {
        try (KeyValueIterator<?, ?> all = rows.fetch(null, null)) { all.forEachRemaining(row -> lines.add(line(row))); }
      } else if (store instanceof VersionedKeyValueStore<?, ?> rows) {
        addVersions(lines, (VersionedKeyValueStore<String, Object>) rows, events);
      } else continue;
      ArrayNode list = answer.putArray(step.get("store").asText());
      lines.forEach(list::add);
    }
    return answer;
  }

  /** The rows of a versioned store as they are, and as they were at the time of each record. */
  private static void addVersions(TreeSet<String> lines, VersionedKeyValueStore<String, Object> rows, JsonNode events) {
    for (String key : List.of("a", "b", "c", "d")) {
      VersionedRecord<Object> now = rows.get(key);
      if (now != null) lines.add(key + " " + Functions.text(now.value()) + " " + now.timestamp());
      for (JsonNode event : events) {
        if (!event.has("timestamp")) continue;
        long asOf = event.get("timestamp").asLong();
        VersionedRecord<Object> then = rows.get(key, asOf);
        if (then != null) lines.add(key + "@" + asOf + " " + Functions.text(then.value()) + " " + then.timestamp());
      }
    }
  }

  private static String line(KeyValue<?, ?> row) {
    if (!(row.value instanceof ValueAndTimestamp<?> stamped)) return Functions.text(row.key) + " " + Functions.text(row.value);
    return Functions.text(row.key) + " " + Functions.text(stamped.value()) + " " + stamped.timestamp();
  }

  private static ObjectNode internalTopics(TopologyTestDriver driver) throws Exception {
    InternalTopologyBuilder builder = read(driver, "internalTopologyBuilder");
    ObjectNode answer = JSON.createObjectNode();
    TreeMap<String, InternalTopicConfig> all = new TreeMap<>();
    for (InternalTopologyBuilder.TopicsInfo info : builder.subtopologyToTopicsInfo().values()) {
      all.putAll(info.repartitionSourceTopics);
      for (InternalTopicConfig each : info.nonSourceChangelogTopics()) all.put(each.name(), each);
    }
    for (Map.Entry<String, InternalTopicConfig> entry : all.entrySet()) {
      ObjectNode topic = answer.putObject(entry.getKey());
      new TreeMap<>(entry.getValue().properties(Map.of(), 86_400_000L)).forEach(topic::put);
      if (entry.getValue().hasEnforcedNumberOfPartitions()) topic.put("partitions", entry.getValue().numberOfPartitions().orElse(0).toString());
    }
    return answer;
  }
}
