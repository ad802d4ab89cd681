import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.kstream.ValueTransformerWithKey;
import org.apache.kafka.streams.processor.Cancellable;
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
    private Cancellable cancellable;
    private int left = 3;
    private final String store;
    private org.apache.kafka.streams.processor.api.ProcessorContext<Object, Object> context;
    private TimestampedKeyValueStore<Object, Object> last;

    Any(String name, String store) { this.name = name; this.store = store; }

    public void init(org.apache.kafka.streams.processor.api.ProcessorContext<Object, Object> context) {
      this.context = context;
      if (store != null) last = context.getStateStore(store);
      switch (name) {
        case "streamTick" -> tick(10_000, PunctuationType.STREAM_TIME, "tick");
        case "wallTick" -> tick(10_000, PunctuationType.WALL_CLOCK_TIME, "tick");
        case "anchoredTick" -> context.schedule(Instant.ofEpochMilli(5_000), Duration.ofMillis(10_000), PunctuationType.STREAM_TIME, at -> forwardTick("tick", at));
        case "anchoredWallTick" -> context.schedule(Instant.ofEpochMilli(2_000), Duration.ofMillis(3_000), PunctuationType.WALL_CLOCK_TIME, at -> forwardTick("tick", at));
        case "twoTicks" -> {
          tick(3_000, PunctuationType.STREAM_TIME, "three");
          tick(3_000, PunctuationType.WALL_CLOCK_TIME, "wall");
          tick(5_000, PunctuationType.STREAM_TIME, "tick");
        }
        case "tickThrice" -> cancellable = context.schedule(Duration.ofMillis(2_000), PunctuationType.STREAM_TIME, at -> {
          forwardTick("tick", at);
          left -= 1;
          if (left == 0) cancellable.cancel();
        });
        case "tickInTick" -> context.schedule(Duration.ofMillis(10_000), PunctuationType.STREAM_TIME, at -> {
          forwardTick("tick", at);
          if (left == 3) {
            tick(4_000, PunctuationType.STREAM_TIME, "inner");
            tick(2_000, PunctuationType.WALL_CLOCK_TIME, "outer");
          }
          left = 0;
        });
        case "sweep" -> context.schedule(Duration.ofMillis(3_000), PunctuationType.WALL_CLOCK_TIME, at -> sweep(at));
        default -> {}
      }
    }

    private Cancellable tick(long interval, PunctuationType type, String key) {
      return context.schedule(Duration.ofMillis(interval), type, at -> forwardTick(key, at));
    }

    private void forwardTick(String key, long at) {
      context.forward(new Record<>(key, "t" + at + "@" + context.currentStreamTimeMs(), at));
    }

    private void sweep(long at) {
      List<KeyValue<Object, ValueAndTimestamp<Object>>> rows = new ArrayList<>();
      try (var all = last.all()) { all.forEachRemaining(rows::add); }
      for (var row : rows) {
        context.forward(new Record<>(row.key, row.value.value(), at));
        last.delete(row.key);
      }
    }

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
        case "sweep" -> { if (key != null && value != null) last.put(key, ValueAndTimestamp.make(value, record.timestamp())); }
        case "tickOnA" -> {
          if ("a".equals(key)) cancellable = tick(6_000, PunctuationType.WALL_CLOCK_TIME, "tick");
          if ("b".equals(key) && cancellable != null) cancellable.cancel();
          context.forward(record);
        }
        case "streamTick", "wallTick", "anchoredTick", "anchoredWallTick", "twoTicks", "tickThrice", "tickInTick" -> context.forward(record);
        default -> throw new IllegalArgumentException(name);
      }
    }
  }

  private static final class FixedKey implements FixedKeyProcessor<Object, Object, Object> {
    private FixedKeyRecord<Object, Object> kept;
    private final String name;
    private final String store;
    private FixedKeyProcessorContext<Object, Object> context;
    private TimestampedKeyValueStore<Object, Object> last;

    FixedKey(String name, String store) { this.name = name; this.store = store; }

    public void init(FixedKeyProcessorContext<Object, Object> context) {
      this.context = context;
      if (store != null) last = context.getStateStore(store);
      if (name.equals("flushLast")) {
        context.schedule(Duration.ofMillis(3_000), PunctuationType.WALL_CLOCK_TIME, at -> {
          if (kept != null) context.forward(kept.withValue("t" + at));
        });
      }
    }

    public void process(FixedKeyRecord<Object, Object> record) {
      Object value = record.value();
      switch (name) {
        case "bang" -> context.forward(record.withValue(Functions.text(value) + "!"));
        case "twice" -> { context.forward(record); context.forward(record.withTimestamp(record.timestamp() + 1)); }
        case "metadata" -> { var at = context.recordMetadata().orElseThrow(); context.forward(record.withValue(at.topic() + "@" + at.offset())); }
        case "streamTime" -> context.forward(record.withValue("t" + context.currentStreamTimeMs()));
        case "flushLast" -> kept = record;
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
