import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** JSON (RFC 8259), because the JDK has none: objects as maps, arrays as lists. Use your framework's where you have one. */
final class Json {
  private static final int DEEPEST = 32;
  private final String text;
  private int at;

  private Json(String text) {
    this.text = text;
  }

  /** Throws IllegalArgumentException for what is not JSON, and for a member that comes twice. */
  static Object parse(String text) {
    var json = new Json(text);
    var value = json.value(0);
    if (json.next() != 0) throw json.fault();
    return value;
  }

  /** A JSON object. */
  @SuppressWarnings("unchecked")
  static Map<String, Object> object(String text) {
    if (parse(text) instanceof Map<?, ?> map) return (Map<String, Object>) map;
    throw new IllegalArgumentException("not an object");
  }

  static String write(Object value) {
    if (value == null || value instanceof Number || value instanceof Boolean) return String.valueOf(value);
    if (value instanceof Map<?, ?> map)
      return map.entrySet().stream()
          .map(entry -> write(String.valueOf(entry.getKey())) + ":" + write(entry.getValue()))
          .collect(Collectors.joining(",", "{", "}"));
    if (value instanceof List<?> list) return list.stream().map(Json::write).collect(Collectors.joining(",", "[", "]"));
    return quoted(String.valueOf(value));
  }

  private static String quoted(String text) {
    var out = new StringBuilder("\"");
    for (char c : text.toCharArray())
      if (c < ' ' || c == '"' || c == '\\' || c > '~') out.append(String.format("\\u%04x", (int) c));
      else out.append(c);
    return out.append('"').toString();
  }

  /** The next character that is no white space, which is not taken; 0 at the end. */
  private char next() {
    while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) at++;
    return at < text.length() ? text.charAt(at) : 0;
  }

  private boolean take(String token) {
    next();
    if (!text.startsWith(token, at)) return false;
    at += token.length();
    return true;
  }

  private Object value(int depth) {
    if (depth > DEEPEST) throw fault();
    return switch (next()) {
      case '{' -> members(depth);
      case '[' -> items(depth);
      case '"' -> string();
      case 't' -> word("true", true);
      case 'f' -> word("false", false);
      case 'n' -> word("null", null);
      default -> number();
    };
  }

  private Map<String, Object> members(int depth) {
    var map = new LinkedHashMap<String, Object>();
    take("{");
    if (take("}")) return map;
    do {
      if (next() != '"') throw fault();
      var name = string();
      if (!take(":") || map.containsKey(name)) throw fault();
      map.put(name, value(depth + 1));
    } while (take(","));
    if (!take("}")) throw fault();
    return map;
  }

  private List<Object> items(int depth) {
    var list = new ArrayList<Object>();
    take("[");
    if (take("]")) return list;
    do list.add(value(depth + 1));
    while (take(","));
    if (!take("]")) throw fault();
    return list;
  }

  private Object word(String word, Object value) {
    if (!take(word)) throw fault();
    return value;
  }

  private Number number() {
    int start = at;
    while (at < text.length() && "+-.eE0123456789".indexOf(text.charAt(at)) >= 0) at++;
    var digits = text.substring(start, at);
    if (!digits.matches("-?(0|[1-9][0-9]{0,15})(\\.[0-9]+)?([eE][+-]?[0-9]{1,3})?")) throw fault();
    return digits.matches("-?[0-9]+") ? (Number) Long.valueOf(digits) : Double.valueOf(digits);
  }

  private String string() {
    var out = new StringBuilder();
    at++;
    while (at < text.length()) {
      char c = text.charAt(at++);
      if (c == '"') return out.toString();
      if (c < ' ') throw fault();
      out.append(c == '\\' ? escape() : c);
    }
    throw fault();
  }

  private char escape() {
    int kind = at < text.length() ? "\"\\/bfnrtu".indexOf(text.charAt(at++)) : -1;
    if (kind < 0) throw fault();
    if (kind < 8) return "\"\\/\b\f\n\r\t".charAt(kind);
    if (at + 4 > text.length() || !text.substring(at, at + 4).matches("[0-9a-fA-F]{4}")) throw fault();
    return (char) Integer.parseInt(text.substring(at, at += 4), 16);
  }

  private IllegalArgumentException fault() {
    return new IllegalArgumentException("not JSON at " + at);
  }
}
