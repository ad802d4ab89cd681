import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.streams.kstream.*;

/** Windows, as topologies describe them. */
final class Windowing {
  private Windowing() {}

  static Duration ms(JsonNode of, String field) { return Duration.ofMillis(of.get(field).asLong()); }

  static TimeWindows time(JsonNode of) {
    TimeWindows windows = TimeWindows.ofSizeAndGrace(ms(of, "size"), ms(of, "grace"));
    return of.has("advance") ? windows.advanceBy(ms(of, "advance")) : windows;
  }

  static JoinWindows join(JsonNode of) {
    JoinWindows windows = JoinWindows.ofTimeDifferenceAndGrace(ms(of, "difference"), ms(of, "grace"));
    if (of.has("before")) windows = windows.before(ms(of, "before"));
    return of.has("after") ? windows.after(ms(of, "after")) : windows;
  }

  static SlidingWindows sliding(JsonNode of) { return SlidingWindows.ofTimeDifferenceAndGrace(ms(of, "difference"), ms(of, "grace")); }

  static SessionWindows session(JsonNode of) { return SessionWindows.ofInactivityGapAndGrace(ms(of, "gap"), ms(of, "grace")); }

  static EmitStrategy emit(JsonNode step) {
    return step.path("emit").asText().equals("close") ? EmitStrategy.onWindowClose() : EmitStrategy.onWindowUpdate();
  }

  static Serde<?> keySerde(JsonNode of, Serde<?> inner) {
    return switch (of.get("type").asText()) {
      case "time" -> new WindowedSerdes.TimeWindowedSerde<>(inner, of.get("size").asLong());
      case "sliding" -> new WindowedSerdes.TimeWindowedSerde<>(inner, of.get("difference").asLong());
      case "unlimited" -> new WindowedSerdes.TimeWindowedSerde<>(inner, Long.MAX_VALUE);
      default -> new WindowedSerdes.SessionWindowedSerde<>(inner);
    };
  }

  static Suppressed<Object> suppressed(JsonNode step) {
    Suppressed<Object> made = step.get("until").asText().equals("windowClose") ? untilClose(step) : untilLimit(step);
    return step.has("name") ? made.withName(step.get("name").asText()) : made;
  }

  @SuppressWarnings({"unchecked", "rawtypes"})
  private static Suppressed<Object> untilClose(JsonNode step) {
    Suppressed.StrictBufferConfig buffer = Suppressed.BufferConfig.unbounded();
    if (step.path("logged").asBoolean(true) == false) buffer = (Suppressed.StrictBufferConfig) buffer.withLoggingDisabled();
    return (Suppressed) Suppressed.untilWindowCloses(buffer);
  }

  private static Suppressed<Object> untilLimit(JsonNode step) {
    if (!step.has("maxRecords")) return Suppressed.untilTimeLimit(ms(step, "limit"), Suppressed.BufferConfig.unbounded());
    return Suppressed.untilTimeLimit(ms(step, "limit"), Suppressed.BufferConfig.maxRecords(step.get("maxRecords").asLong()).emitEarlyWhenFull());
  }
}
