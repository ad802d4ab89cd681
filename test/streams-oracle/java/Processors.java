import java.time.Duration;
import java.util.Set;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.kstream.ValueTransformerWithKey;
import org.apache.kafka.streams.processor.ProcessorContext;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.*;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.*;

/** The processors that topologies name: the same as in processors.ts, one for one. */
final class Processors {
  private Processors() {}

  static Set<StoreBuilder<?>> stores(String store) {
    if (store == null) return Set.of();
    return Set.of(Stores.timestampedKeyValueStoreBuilder(Stores.inMemoryKeyValueStore(store), Serdes.String(), Serdes.String()));
  }

  static ProcessorSupplier<Object, Object, Object, Object> supplier(String name, String store) {
    return new ProcessorSupplier<>() {
      public Processor<Object, Object, Object, Object> get() { return new Any(name, store); }
      public Set<StoreBuilder<?>> stores() { return Processors.stores(store); }
    };
  }

  static FixedKeyProcessorSupplier<Object, Object, Object> fixedKey(String name, String store) {
    return new FixedKeyProcessorSupplier<>() {
      public FixedKeyProcessor<Object, Object, Object> get() { return new FixedKey(name, store); }
      public Set<StoreBuilder<?>> stores() { return Processors.stores(store); }
    };
  }

  private static String remember(TimestampedKeyValueStore<Object, Object> last, Object key, Object value, long timestamp) {
    ValueAndTimestamp<Object> before = last.get(key);
    last.put(key, value == null ? null : ValueAndTimestamp.make(value, timestamp));
    return (before == null ? "null" : before.value()) + ">" + Functions.text(value);
  }

  private static final class Any implements Processor<Object, Object, Object, Object> {
    private final String name;
    private final String store;
    private org.apache.kafka.streams.processor.api.ProcessorContext<Object, Object> context;
    private TimestampedKeyValueStore<Object, Object> last;

    Any(String name, String store) { this.name = name; this.store = store; }

    public void init(org.apache.kafka.streams.processor.api.ProcessorContext<Object, Object> context) {
      this.context = context;
      if (store != null) last = context.getStateStore(store);
      if (name.equals("streamTick")) tick(PunctuationType.STREAM_TIME);
      if (name.equals("wallTick")) tick(PunctuationType.WALL_CLOCK_TIME);
      if (name.equals("anchoredTick")) context.schedule(java.time.Instant.ofEpochMilli(5_000), Duration.ofSeconds(10), PunctuationType.STREAM_TIME, at -> forwardTick(at));
    }

    private void tick(PunctuationType type) { context.schedule(Duration.ofSeconds(10), type, at -> forwardTick(at)); }

    private void forwardTick(long at) { context.forward(new Record<>("tick", "t" + at, at)); }

    public void process(Record<Object, Object> record) {
      Object key = record.key();
      Object value = record.value();
      switch (name) {
        case "bang" -> context.forward(record.withValue(Functions.text(value) + "!"));
        case "rekey" -> context.forward(record.withKey(value));
        case "twice" -> { context.forward(record); context.forward(record.withTimestamp(record.timestamp() + 1)); }
        case "header" -> { record.headers().add("by", new byte[] {1}); context.forward(record); }
        case "metadata" -> { var at = context.recordMetadata().orElseThrow(); context.forward(record.withValue(at.topic() + "@" + at.offset())); }
        case "streamTime" -> context.forward(record.withValue("t" + context.currentStreamTimeMs()));
        case "remember" -> { if (key != null) context.forward(record.withValue(remember(last, key, value, record.timestamp()))); }
        case "streamTick", "wallTick", "anchoredTick" -> context.forward(record);
        default -> throw new IllegalArgumentException(name);
      }
    }
  }

  private static final class FixedKey implements FixedKeyProcessor<Object, Object, Object> {
    private final String name;
    private final String store;
    private FixedKeyProcessorContext<Object, Object> context;
    private TimestampedKeyValueStore<Object, Object> last;

    FixedKey(String name, String store) { this.name = name; this.store = store; }

    public void init(FixedKeyProcessorContext<Object, Object> context) {
      this.context = context;
      if (store != null) last = context.getStateStore(store);
    }

    public void process(FixedKeyRecord<Object, Object> record) {
      Object value = record.value();
      switch (name) {
        case "bang" -> context.forward(record.withValue(Functions.text(value) + "!"));
        case "twice" -> { context.forward(record); context.forward(record.withTimestamp(record.timestamp() + 1)); }
        case "metadata" -> { var at = context.recordMetadata().orElseThrow(); context.forward(record.withValue(at.topic() + "@" + at.offset())); }
        case "streamTime" -> context.forward(record.withValue("t" + context.currentStreamTimeMs()));
        case "remember" -> { if (record.key() != null) context.forward(record.withValue(remember(last, record.key(), value, record.timestamp()))); }
        default -> throw new IllegalArgumentException(name);
      }
    }
  }

  /** A transformer of a table's values. */
  static ValueTransformerWithKey<Object, Object, Object> transformer(String name) {
    return new ValueTransformerWithKey<>() {
      public void init(ProcessorContext context) {}
      public Object transform(Object key, Object value) { return Functions.value(name, key, value); }
      public void close() {}
    };
  }
}
