import java.time.Duration;
import java.util.Properties;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.*;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.SessionStore;
import org.apache.kafka.streams.state.WindowStore;

/**
 * The application of topology.ts by Kafka Streams itself, until SIGTERM.
 *
 * Arguments: bootstrap servers, application id (also the start of its topics' names), state directory.
 */
public final class Handover {
  private static final Serde<String> TEXT = Serdes.String();
  private final StreamsBuilder builder = new StreamsBuilder();
  private final String prefix;

  private Handover(String prefix) { this.prefix = prefix; }

  public static void main(String[] args) {
    KafkaStreams streams = new KafkaStreams(new Handover(args[1] + "-").topology(), settings(args));
    streams.setUncaughtExceptionHandler(error -> {
      error.printStackTrace();
      return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    });
    CloseOptions leaving = CloseOptions.groupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      System.out.println("closed: " + streams.close(leaving.withTimeout(Duration.ofMinutes(2))));
      System.out.flush();
    }));
    streams.start();
  }

  private static Properties settings(String[] args) {
    Properties settings = new Properties();
    settings.put("bootstrap.servers", args[0]);
    settings.put("application.id", args[1]);
    settings.put("state.dir", args[2]);
    settings.put("processing.guarantee", "exactly_once_v2");
    settings.put("replication.factor", "1");
    // What is compared is every update, and what is final as soon as it is: not when the clock says so.
    settings.put("statestore.cache.max.bytes", "0");
    settings.put("__emit.interval.ms.kstreams.windowed.aggregation__", "0");
    settings.put("__emit.interval.ms.kstreams.outer.join.spurious.results.fix__", "0");
    return settings;
  }

  private Topology topology() {
    KStream<String, String> events = builder.stream(prefix + "events", Consumed.with(TEXT, TEXT));
    KStream<String, String> clicks = builder.stream(prefix + "clicks", Consumed.with(TEXT, TEXT));
    KTable<String, String> profiles = table("profiles");
    KTable<String, String> balances = table("balances");
    KTable<String, String> places = table("places");

    events.groupBy((key, value) -> value.substring(0, 1), Grouped.with("by-letter", TEXT, TEXT))
      .count(Materialized.<String, Long, KeyValueStore<Bytes, byte[]>>as("letters").withKeySerde(TEXT).withValueSerde(Serdes.Long()))
      .toStream().to(prefix + "letters", Produced.with(TEXT, Serdes.Long()));
    windows(events.groupByKey(Grouped.with(TEXT, TEXT)));
    events.join(profiles, (event, profile) -> event + "/" + profile, Joined.with(TEXT, TEXT, TEXT))
      .to(prefix + "enriched", Produced.with(TEXT, TEXT));
    profiles.leftJoin(balances, (profile, balance) -> profile + "/" + balance, kept("both"))
      .toStream().to(prefix + "both", Produced.with(TEXT, TEXT));
    profiles.join(places, (key, profile) -> profile.substring(0, 2), (profile, place) -> profile + "/" + place, TableJoined.as("home"), kept("home"))
      .toStream().to(prefix + "home", Produced.with(TEXT, TEXT));
    events.leftJoin(clicks, (event, click) -> event + "/" + click,
        JoinWindows.ofTimeDifferenceAndGrace(Duration.ofSeconds(2), Duration.ofSeconds(1)),
        StreamJoined.with(TEXT, TEXT, TEXT).withName("near").withStoreName("near"))
      .to(prefix + "near", Produced.with(TEXT, TEXT));
    return builder.build();
  }

  private void windows(KGroupedStream<String, String> events) {
    Serde<Windowed<String>> windowed = WindowedSerdes.timeWindowedSerdeFrom(String.class, 10_000);
    TimeWindows tumbling = TimeWindows.ofSizeAndGrace(Duration.ofSeconds(10), Duration.ofSeconds(5));
    events.windowedBy(tumbling).count(counts("tumbling"))
      .toStream().to(prefix + "tumbling", Produced.with(windowed, Serdes.Long()));
    events.windowedBy(tumbling).emitStrategy(EmitStrategy.onWindowClose()).count(counts("closed"))
      .toStream().to(prefix + "closed", Produced.with(windowed, Serdes.Long()));
    TimeWindows hopping = TimeWindows.ofSizeAndGrace(Duration.ofSeconds(10), Duration.ofSeconds(2)).advanceBy(Duration.ofSeconds(5));
    events.windowedBy(hopping).count(counts("hopping"))
      .suppress(Suppressed.untilWindowCloses(Suppressed.BufferConfig.unbounded()).withName("held"))
      .toStream().to(prefix + "hopping", Produced.with(windowed, Serdes.Long()));
    events.windowedBy(SessionWindows.ofInactivityGapAndGrace(Duration.ofSeconds(3), Duration.ofSeconds(5)))
      .reduce((old, value) -> old + value, Materialized.<String, String, SessionStore<Bytes, byte[]>>as("sessions").withKeySerde(TEXT).withValueSerde(TEXT))
      .toStream().to(prefix + "sessions", Produced.with(WindowedSerdes.sessionWindowedSerdeFrom(String.class), TEXT));
  }

  private KTable<String, String> table(String name) {
    return builder.table(prefix + name, Consumed.with(TEXT, TEXT), kept(name));
  }

  private static Materialized<String, String, KeyValueStore<Bytes, byte[]>> kept(String store) {
    return Materialized.<String, String, KeyValueStore<Bytes, byte[]>>as(store).withKeySerde(TEXT).withValueSerde(TEXT);
  }

  private static Materialized<String, Long, WindowStore<Bytes, byte[]>> counts(String store) {
    return Materialized.<String, Long, WindowStore<Bytes, byte[]>>as(store).withKeySerde(TEXT).withValueSerde(Serdes.Long());
  }
}
