import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.kstream.Windowed;

/** The functions that topologies name: the same as in functions.ts, one for one. Keys and values are texts and longs. */
final class Functions {
  private Functions() {}

  static String text(Object value) {
    if (value instanceof Windowed<?> windowed) {
      return "[" + windowed.key() + "@" + windowed.window().start() + "/" + windowed.window().end() + "]";
    }
    return String.valueOf(value);
  }

  static int digit(Object value) {
    String text = text(value);
    for (int i = 0; i < text.length(); i++) if (Character.isDigit(text.charAt(i))) return text.charAt(i) - '0';
    return 0;
  }

  static String tail(String text, int length) {
    return text.length() <= length ? text : text.substring(text.length() - length);
  }

  static boolean test(String name, Object key, Object value) {
    return switch (name) {
      case "low" -> text(value).compareTo("v5") < 0;
      case "veryLow" -> text(value).compareTo("v3") < 0;
      case "high" -> text(value).compareTo("v7") > 0;
      case "hasKey" -> key != null;
      case "hasValue" -> value != null;
      case "hasBoth" -> key != null && value != null;
      case "even" -> digit(value) % 2 == 0;
      case "all" -> true;
      case "none" -> false;
      default -> throw new IllegalArgumentException(name);
    };
  }

  static Object value(String name, Object key, Object value) {
    return switch (name) {
      case "same" -> value;
      case "bang" -> text(value) + "!";
      case "upper" -> value == null ? null : text(value).toUpperCase(Locale.ROOT);
      case "keyAndValue" -> text(key) + ":" + text(value);
      case "length" -> value == null ? null : (long) text(value).length();
      case "digit" -> value == null ? null : (long) digit(value);
      case "text" -> value == null ? null : text(value);
      case "nullOn3" -> digit(value) == 3 ? null : value;
      default -> throw new IllegalArgumentException(name);
    };
  }

  static Object key(String name, Object key, Object value) {
    return switch (name) {
      case "same" -> key;
      case "value" -> value;
      case "text" -> key == null ? null : text(key);
      case "group" -> value == null ? null : "g" + digit(value) % 3;
      case "valueThenKey" -> text(value) + text(key);
      case "nullOn3" -> digit(value) == 3 ? null : key;
      case "letter" -> value == null || digit(value) == 9 ? null : String.valueOf("abcd".charAt(digit(value) % 4));
      case "inner" -> ((Windowed<?>) key).key();
      default -> throw new IllegalArgumentException(name);
    };
  }

  static KeyValue<Object, Object> pair(String name, Object key, Object value) {
    return switch (name) {
      case "same" -> new KeyValue<>(key, value);
      case "swap" -> new KeyValue<>(value, key);
      case "group" -> new KeyValue<>(key("group", key, value), value("keyAndValue", key, value));
      default -> throw new IllegalArgumentException(name);
    };
  }

  static List<KeyValue<Object, Object>> pairs(String name, Object key, Object value) {
    return switch (name) {
      case "both" -> List.of(new KeyValue<>(key, value), new KeyValue<>(value, key));
      case "nothingOnNull" -> value == null ? List.of() : List.of(new KeyValue<>(key, value));
      default -> throw new IllegalArgumentException(name);
    };
  }

  static List<Object> values(String name, Object key, Object value) {
    List<Object> all = new ArrayList<>();
    switch (name) {
      case "twice" -> { all.add(value); all.add(text(value) + "'"); }
      case "chars" -> { for (char each : value == null ? new char[0] : text(value).toCharArray()) all.add(String.valueOf(each)); }
      default -> throw new IllegalArgumentException(name);
    }
    return all;
  }

  static Object join(String name, Object key, Object left, Object right) {
    return switch (name) {
      case "pair" -> text(left) + "/" + text(right);
      case "keyed" -> text(key) + ":" + text(left) + "/" + text(right);
      case "nullOn3" -> digit(left) == 3 ? null : text(left) + "/" + text(right);
      default -> throw new IllegalArgumentException(name);
    };
  }

  static Object reduce(String name, Object old, Object value) {
    return switch (name) {
      case "concat" -> tail(text(old), 4) + text(value);
      case "nullOn1" -> digit(value) == 1 ? null : tail(text(old), 4) + text(value);
      case "last" -> value;
      case "minus" -> tail(text(old) + "-" + text(value), 12);
      case "sum" -> (Long) old + (Long) value;
      case "difference" -> (Long) old - (Long) value;
      default -> throw new IllegalArgumentException(name);
    };
  }

  static Object initial(String name) {
    return switch (name) {
      case "sum", "difference", "tally" -> 0L;
      default -> "";
    };
  }

  static Object aggregate(String name, Object key, Object value, Object old) {
    return switch (name) {
      case "concat" -> tail(text(old) + text(value), 12);
      case "nullOn0" -> value != null && digit(value) == 0 ? null : tail(text(old) + text(value), 12);
      case "minus" -> tail(text(old) + "-" + text(value), 12);
      case "shout" -> tail(text(old) + text(value).toUpperCase(Locale.ROOT), 12);
      case "sum", "tally" -> (Long) old + digit(value);
      case "difference" -> (Long) old - digit(value);
      default -> throw new IllegalArgumentException(name);
    };
  }

  static Object merge(String name, Object key, Object left, Object right) {
    return switch (name) {
      case "sum", "tally" -> (Long) left + (Long) right;
      default -> tail(text(left) + "+" + text(right), 12);
    };
  }
}
