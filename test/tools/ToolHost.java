import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.utils.Exit;

/** Runs main classes of Kafka's tools one after the other in one virtual machine; see tool-host.ts. */
public class ToolHost {
    private static final Captured out = new Captured();
    private static final Captured err = new Captured();
    private static final List<Runnable> hooks = new ArrayList<>();
    private static Integer code;

    public static void main(String[] args) throws Exception {
        ObjectMapper json = new ObjectMapper();
        PrintStream answers = System.out;
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        // Scala's Console and the loggers keep the streams that they find first, so these stay and their targets change.
        System.setOut(new PrintStream(out, true, "UTF-8"));
        System.setErr(new PrintStream(err, true, "UTF-8"));
        Exit.setExitProcedure((status, message) -> exit(status));
        Exit.setHaltProcedure((status, message) -> exit(status));
        Exit.setShutdownHookAdder((name, hook) -> hooks.add(hook));
        for (String line; (line = in.readLine()) != null; ) {
            JsonNode ask = json.readTree(line);
            run(ask);
            answers.println(json.writeValueAsString(Map.of("code", code, "stdout", out.take(), "stderr", err.take())));
            answers.flush();
        }
        Runtime.getRuntime().halt(0);
    }

    private static void run(JsonNode ask) throws Exception {
        code = null;
        hooks.clear();
        out.isMuted = err.isMuted = false;
        System.setIn(new ByteArrayInputStream(ask.path("input").asText().getBytes(StandardCharsets.UTF_8)));
        List<String> args = new ArrayList<>();
        ask.get("args").forEach(arg -> args.add(arg.asText()));
        Thread thread = new Thread(() -> call(ask.get("main").asText(), args.toArray(new String[0])), "main");
        thread.setDaemon(true);
        thread.start();
        thread.join(ask.get("limitMs").asLong());
        if (thread.isAlive()) {
            err.write("Ended by the test, as its time was over\n".getBytes(StandardCharsets.UTF_8));
            exitCode(124);
            thread.interrupt();
        }
        for (Runnable hook : hooks) hook.run();
        for (Thread hook : machineHooks()) hook.run();
        exitCode(0);
    }

    /** Hooks of tools that know the machine's own list alone: taken out of it. */
    private static List<Thread> machineHooks() throws ReflectiveOperationException {
        Field field = Class.forName("java.lang.ApplicationShutdownHooks").getDeclaredField("hooks");
        field.setAccessible(true);
        Map<?, ?> all = (Map<?, ?>) field.get(null);
        List<Thread> found = new ArrayList<>();
        for (Object hook : all.keySet()) if (((Thread) hook).getName().startsWith("verifiable-")) found.add((Thread) hook);
        all.keySet().removeAll(found);
        return found;
    }

    private static void call(String main, String[] args) {
        try {
            Class.forName(main).getMethod("main", String[].class).invoke(null, (Object) args);
        } catch (InvocationTargetException failure) {
            if (code == null) failure.getCause().printStackTrace();
            exitCode(1);
        } catch (ReflectiveOperationException failure) {
            failure.printStackTrace();
            exitCode(127);
        }
    }

    /** Ends the command: what its catch and finally blocks still do is not seen. */
    private static void exit(int status) {
        exitCode(status);
        out.isMuted = err.isMuted = true;
        throw new Exited();
    }

    private static synchronized void exitCode(int status) {
        if (code == null) code = status;
    }

    private static class Exited extends Error {
        Exited() {
            super(null, null, false, false);
        }
    }

    private static class Captured extends OutputStream {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private volatile boolean isMuted;

        @Override
        public void write(int value) {
            if (!isMuted) bytes.write(value);
        }

        @Override
        public void write(byte[] from, int offset, int length) {
            if (!isMuted) bytes.write(from, offset, length);
        }

        String take() {
            String text = bytes.toString(StandardCharsets.UTF_8);
            bytes.reset();
            return text;
        }
    }

    /** Members and transactions that stay open while tools look at them. */
    public static class Scene {
        private static final Map<String, List<KafkaProducer<String, String>>> producers = new HashMap<>();
        private static final Map<String, Member> members = new HashMap<>();

        /** `join BOOTSTRAP GROUP PROTOCOL TOPIC`, `leave BOOTSTRAP`, `open BOOTSTRAP ID TOPIC` or `close BOOTSTRAP`. */
        public static void main(String[] args) throws Exception {
            switch (args[0]) {
                case "join": join(args[1], args[2], args[3], args[4]); break;
                case "leave": leave(args[1]); break;
                case "open": open(args[1], args[2], args[3]); break;
                case "close": close(args[1]); break;
                default: throw new IllegalArgumentException(args[0]);
            }
        }

        private static void join(String bootstrap, String group, String protocol, String topic) throws Exception {
            Map<String, Object> settings = new HashMap<>();
            settings.put("bootstrap.servers", bootstrap);
            settings.put("group.id", group);
            settings.put("group.protocol", protocol);
            settings.put("client.id", "scene");
            settings.put("auto.offset.reset", "earliest");
            KafkaConsumer<String, String> consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer());
            consumer.subscribe(List.of(topic));
            while (consumer.assignment().isEmpty()) consumer.poll(Duration.ofMillis(100));
            // What has no position yet would not be committed.
            for (var partition : consumer.assignment()) consumer.position(partition);
            consumer.commitSync();
            Member member = new Member(consumer);
            members.put(bootstrap, member);
            member.start();
        }

        private static void leave(String bootstrap) throws Exception {
            Member member = members.remove(bootstrap);
            member.consumer.wakeup();
            member.join();
        }

        private static class Member extends Thread {
            private final KafkaConsumer<String, String> consumer;

            Member(KafkaConsumer<String, String> consumer) {
                this.consumer = consumer;
            }

            @Override
            public void run() {
                try (consumer) {
                    while (true) consumer.poll(Duration.ofMillis(100));
                } catch (WakeupException asked) {
                    // The scene is over.
                }
            }
        }

        private static void open(String bootstrap, String id, String topic) throws Exception {
            Map<String, Object> settings = new HashMap<>();
            settings.put("bootstrap.servers", bootstrap);
            settings.put("transactional.id", id);
            KafkaProducer<String, String> producer = new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer());
            producers.computeIfAbsent(bootstrap, none -> new ArrayList<>()).add(producer);
            producer.initTransactions();
            producer.beginTransaction();
            // Each in a batch of its own: how many go together would be a matter of time, and sizes of logs are compared.
            for (int n = 0; n < 3; n++) producer.send(new ProducerRecord<>(topic, 0, "k" + n, "open " + n)).get();
        }

        private static void close(String bootstrap) {
            for (KafkaProducer<String, String> producer : producers.remove(bootstrap)) producer.close(Duration.ZERO);
        }
    }
}
