import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.*;
import org.apache.kafka.common.serialization.*;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.*;
import org.apache.kafka.streams.kstream.*;
import org.apache.kafka.streams.processor.*;
import org.apache.kafka.streams.state.*;

/** Builds a topology of its JSON form. Nodes carry objects of every type; topologies have to fit. */
@SuppressWarnings({"unchecked", "rawtypes"})
final class Interpreter {
  /** What a step made, and the serdes of its records. */
  record Flow(Object made, Serde key, Serde value, String groupName) {
    Flow(Object made, Serde key, Serde value) { this(made, key, value, null); }
    KStream<Object, Object> stream() { return (KStream) made; }
    KTable<Object, Object> table() { return (KTable) made; }
  }

  private final StreamsBuilder builder;
  private final Map<String, Flow> flows = new HashMap<>();

  Interpreter(StreamsBuilder builder) { this.builder = builder; }

  void run(JsonNode steps) {
    for (JsonNode step : steps) {
      try {
        Flow made = apply(step);
        if (step.has("as")) flows.put(step.get("as").asText(), made);
      } catch (RuntimeException error) {
        throw new IllegalStateException("step " + step, error);
      }
    }
  }

  private Flow apply(JsonNode step) {
    String op = step.get("op").asText();
    switch (op) {
      case "stream", "table", "globalTable" -> { return source(op, step); }
      case "merge" -> { return merged(step); }
      default -> {}
    }
    Flow from = flow(step, "from");
    Object made = from.made();
    if (made instanceof KStream) return new StreamSteps(this, from, step).apply(op);
    if (made instanceof KTable) return new TableSteps(this, from, step).apply(op);
    return new GroupSteps(this, from, step).apply(op);
  }

  Flow flow(JsonNode step, String field) {
    String id = step.get(field).asText();
    Flow found = flows.get(id);
    if (found == null) throw new IllegalArgumentException("no step made " + id);
    return found;
  }

  void keep(String id, Flow flow) { flows.put(id, flow); }

  private Flow merged(JsonNode step) {
    Flow left = flow(step, "from");
    KStream<Object, Object> right = flow(step, "with").stream();
    return new Flow(named(step) == null ? left.stream().merge(right) : left.stream().merge(right, named(step)), left.key(), left.value());
  }

  private Flow source(String op, JsonNode step) {
    Serde key = serde(step.path("key").asText("string"));
    Serde value = serde(step.path("value").asText("string"));
    Consumed<Object, Object> consumed = Consumed.with(key, value);
    if (named(step) != null) consumed = consumed.withName(step.get("name").asText());
    if (step.has("timestamp")) consumed = consumed.withTimestampExtractor(extractor(step.get("timestamp").asText()));
    if (op.equals("stream")) {
      List<String> topics = new ArrayList<>();
      for (JsonNode topic : step.get("topics")) topics.add(topic.asText());
      return new Flow(builder.stream(topics, consumed), key, value);
    }
    String topic = step.get("topic").asText();
    if (op.equals("globalTable")) {
      Materialized store = materialized(step, key, value);
      return new Flow(store == null ? builder.globalTable(topic, consumed) : builder.globalTable(topic, consumed, store), key, value);
    }
    Materialized store = materialized(step, key, value);
    return new Flow(store == null ? builder.table(topic, consumed) : builder.table(topic, consumed, store), key, value);
  }

  static TimestampExtractor extractor(String name) {
    return switch (name) {
      case "negativeOnB" -> (record, partitionTime) -> "b".equals(record.key()) ? -1 : record.timestamp();
      case "partitionTimeOnB" -> (record, partitionTime) -> "b".equals(record.key()) ? partitionTime : record.timestamp();
      case "logAndSkip" -> new LogAndSkipOnInvalidTimestamp();
      default -> throw new IllegalArgumentException(name);
    };
  }

  static Named named(JsonNode step) { return step.has("name") ? Named.as(step.get("name").asText()) : null; }

  static Serde serde(String name) {
    return switch (name) {
      case "string" -> Serdes.String();
      case "int64" -> Serdes.Long();
      default -> throw new IllegalArgumentException(name);
    };
  }

  static boolean isMaterialized(JsonNode step) {
    return step.has("store") || step.has("logged") || step.has("topicConfig") || step.has("retention") || step.path("materialized").asBoolean(false);
  }

  /** How the step's store is kept, or null where the step says nothing about it. */
  static Materialized materialized(JsonNode step, Serde key, Serde value) {
    if (!isMaterialized(step)) return null;
    String store = step.path("store").asText(null);
    Materialized made;
    if (step.has("versioned")) {
      made = Materialized.as(Stores.persistentVersionedKeyValueStore(store, Duration.ofMillis(step.get("versioned").asLong())));
      made = made.withKeySerde(key).withValueSerde(value);
    } else {
      made = store == null ? Materialized.with(key, value) : Materialized.as(store).withKeySerde(key).withValueSerde(value);
    }
    if (!step.path("logged").asBoolean(true)) made = made.withLoggingDisabled();
    if (step.has("topicConfig")) {
      Map<String, String> config = new HashMap<>();
      step.get("topicConfig").properties().forEach(entry -> config.put(entry.getKey(), entry.getValue().asText()));
      made = made.withLoggingEnabled(config);
    }
    if (step.has("retention")) made = made.withRetention(Duration.ofMillis(step.get("retention").asLong()));
    return made;
  }

  /** The serde of what a function of that name gives; others keep that of their input. */
  static Serde valueSerdeOf(String function, Serde otherwise) {
    return switch (function) {
      case "length", "digit", "sum", "difference", "tally" -> Serdes.Long();
      case "same", "nullOn3", "nullOn1", "last" -> otherwise;
      default -> Serdes.String();
    };
  }
}
