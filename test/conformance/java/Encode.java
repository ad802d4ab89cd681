import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.ObjectSerializationCache;

/**
 * Reads one task per line, {"class", "version", "json"}, and answers each with one line: the message's bytes in
 * hexadecimal as Kafka's own serializer writes them, the JSON that Kafka reads back from those bytes, and a tab between.
 */
public final class Encode {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    public static void main(String[] arguments) throws Exception {
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        var out = new BufferedWriter(new OutputStreamWriter(System.out, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            out.write(answer(MAPPER.readTree(line)));
            out.newLine();
        }
        out.flush();
    }

    private static String answer(JsonNode task) {
        try {
            var type = Class.forName(task.get("class").asText());
            var converter = Class.forName(type.getName() + "JsonConverter");
            var version = (short) task.get("version").asInt();
            var message = (Message) converter.getMethod("read", JsonNode.class, short.class)
                .invoke(null, task.get("json"), version);
            var bytes = bytes(message, version);
            var again = (Message) type.getConstructor().newInstance();
            again.read(new ByteBufferAccessor(ByteBuffer.wrap(bytes)), version);
            var json = converter.getMethod("write", type, short.class).invoke(null, again, version);
            return HexFormat.of().formatHex(bytes) + "\t" + json;
        } catch (ReflectiveOperationException | RuntimeException error) {
            var cause = error.getCause() == null ? error : error.getCause();
            return "error " + cause.toString().replace('\n', ' ');
        }
    }

    private static byte[] bytes(Message message, short version) {
        var cache = new ObjectSerializationCache();
        var buffer = ByteBuffer.allocate(message.size(cache, version));
        message.write(new ByteBufferAccessor(buffer), cache, version);
        return buffer.array();
    }
}
