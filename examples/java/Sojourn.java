import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Sessions of a Java application, kept by a Sojourn server. Copy this file, AccessTokens.java and Json.java into yours.
 *
 * <pre>
 * var sojourn = new Sojourn("http://localhost:3000", "https://app.example", System.getenv("SOJOURN_API_KEY"), true);
 * var caller = sojourn.recognise(exchange, form);
 * </pre>
 *
 * A safe request (GET, HEAD) with a good access token is decided here, with the server's public keys. Everything else is asked
 * of the server, which judges where an unsafe request comes from and its CSRF token, and refreshes what has run out. What the
 * server cannot answer is a 503: nobody is taken for a visitor, or for somebody, because of an outage.
 *
 * <p>The server must trust this application with X-Forwarded headers: name its address in SOJOURN_TRUSTED_PROXIES.
 */
final class Sojourn {
  record Session(String subject, String id, Map<String, Object> claims) {}

  /** A request that is not to be answered otherwise than with this status. */
  static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1;
    final int status;

    Refused(int status) {
      super("refused with " + status);
      this.status = status;
    }
  }

  private static final Set<String> SAFE = Set.of("GET", "HEAD", "OPTIONS");
  // Of what the browser sent, that which the server judges by.
  private static final List<String> JUDGED =
      List.of("Cookie", "Authorization", "Origin", "Sec-Fetch-Site", "User-Agent", "X-Background", "X-CSRF-Token");

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(2)).build();
  private final String url;
  private final String apiKey;
  private final boolean isBehindProxy;
  private final AccessTokens tokens;

  Sojourn(String url, String issuer, String apiKey, boolean isBehindProxy) {
    this.url = url;
    this.apiKey = apiKey;
    this.isBehindProxy = isBehindProxy;
    this.tokens = new AccessTokens(issuer, this::keys);
  }

  /** Who is calling. {@code form} has the fields of the body. Throws Refused. */
  Caller recognise(HttpExchange exchange, Map<String, String> form) {
    var caller = new Caller(exchange, form);
    var headers = exchange.getRequestHeaders();
    var isSafe = SAFE.contains(exchange.getRequestMethod());
    if (isSafe && !headers.containsKey("Cookie") && !headers.containsKey("Authorization")) return caller;
    if (isSafe) caller.session = tokens.verify(caller.accessToken());
    if (caller.session.isEmpty()) caller.atOnce();
    else exchange.getResponseHeaders().set("Cache-Control", "no-store");
    return caller;
  }

  final class Caller {
    private final HttpExchange exchange;
    private final Map<String, String> form;
    private Optional<Session> session = Optional.empty();
    private boolean wasJudged;

    private Caller(HttpExchange exchange, Map<String, String> form) {
      this.exchange = exchange;
      this.form = form;
    }

    /** Empty for a visitor. */
    Optional<Session> session() {
      return session;
    }

    /** Asks the server, which knows of a sign-out elsewhere before the access token has run out. */
    Optional<Session> atOnce() {
      if (wasJudged) return session;
      wasJudged = true;
      var answer = call("GET", "/forward-auth", told(), null);
      keep(answer);
      session =
          switch (answer.statusCode()) {
            case 200 -> Optional.of(told(answer));
            case 401 -> Optional.empty();
            case 400, 403, 429 -> throw new Refused(answer.statusCode());
            default -> throw new Refused(503);
          };
      return session;
    }

    private Session told(HttpResponse<String> answer) {
      var headers = answer.headers();
      exchange.getResponseHeaders().set("Cache-Control", "no-store");
      // URLDecoder is for forms: it would make a space of a plus.
      var subject = headers.firstValue("X-Session-Subject").orElse("").replace("+", "%2B");
      return new Session(
          URLDecoder.decode(subject, StandardCharsets.UTF_8),
          headers.firstValue("X-Session-Id").orElse(""),
          Json.object(AccessTokens.text(headers.firstValue("X-Session-Claims").orElse(""))));
    }

    /** Signs somebody in whose password has been checked. The visitor's earlier session ends. */
    void signIn(String subject, Map<String, Object> claims) {
      var body = new LinkedHashMap<String, Object>();
      body.put("subject", subject);
      body.put("claims", claims);
      body.put("amr", List.of("pwd"));
      var agent = Optional.ofNullable(exchange.getRequestHeaders().getFirst("User-Agent")).orElse("");
      body.put("device", Map.of("userAgent", agent, "ip", ip()));
      cookie("session").ifPresent(earlier -> body.put("replaces", earlier));
      var issued = manage("POST", "/v1/sessions", body);
      handOut(((List<?>) issued.get("setCookie")).stream().map(String::valueOf).toList());
    }

    /** Ends this session, the "others" of the same person, or "all". The request has shown its CSRF token already. */
    void signOut(String scope) {
      var answer = call("POST", "/session/logout", told(), Map.of("scope", scope));
      if (answer.statusCode() != 204) throw new Refused(503);
      keep(answer);
      answer.headers().firstValue("Clear-Site-Data")
          .ifPresent(data -> exchange.getResponseHeaders().set("Clear-Site-Data", data));
    }

    /** The sessions of the caller, on all devices. */
    List<Map<?, ?>> sessions() {
      var subject = URLEncoder.encode(session.orElseThrow().subject(), StandardCharsets.UTF_8);
      var items = (List<?>) manage("GET", "/v1/sessions?subject=" + subject, null).get("items");
      return items.stream().<Map<?, ?>>map(item -> (Map<?, ?>) item).toList();
    }

    /** For the forms of this page, as the field csrf_token or the header X-CSRF-Token. */
    String csrfToken() {
      var answer = call("GET", "/session/csrf", told(), null);
      if (answer.statusCode() != 200) throw new Refused(503);
      keep(answer);
      return String.valueOf(Json.object(answer.body()).get("csrfToken"));
    }

    private String accessToken() {
      var authorization = Optional.ofNullable(exchange.getRequestHeaders().getFirst("Authorization")).orElse("");
      return authorization.regionMatches(true, 0, "Bearer ", 0, 7)
          ? authorization.substring(7).strip()
          : cookie("access").orElse("");
    }

    /** The request as the browser made it, in the words of a proxy. */
    private Map<String, List<String>> told() {
      var headers = new LinkedHashMap<String, List<String>>();
      for (var name : JUDGED)
        if (exchange.getRequestHeaders().containsKey(name)) headers.put(name, exchange.getRequestHeaders().get(name));
      var token = form.getOrDefault("csrf_token", "");
      if (token.matches("[!-~]{1,256}")) headers.putIfAbsent("X-CSRF-Token", List.of(token));
      headers.put("X-Forwarded-Method", List.of(exchange.getRequestMethod()));
      headers.put("X-Forwarded-Uri", List.of(exchange.getRequestURI().toASCIIString()));
      headers.put("X-Forwarded-Proto", List.of(isSecure() ? "https" : "http"));
      headers.put("X-Forwarded-Host", List.of(exchange.getRequestHeaders().getFirst("Host")));
      headers.put("X-Forwarded-For", List.of(ip()));
      return headers;
    }

    private boolean isSecure() {
      return isBehindProxy && "https".equals(exchange.getRequestHeaders().getFirst("X-Forwarded-Proto"));
    }

    private String ip() {
      return exchange.getRemoteAddress().getAddress().getHostAddress();
    }

    private Optional<String> cookie(String name) {
      var wanted = (isSecure() ? "__Host-Http-" + name : name) + "=";
      return exchange.getRequestHeaders().getOrDefault("Cookie", List.of()).stream()
          .flatMap(line -> List.of(line.split(";\\s*")).stream())
          .filter(pair -> pair.startsWith(wanted))
          .map(pair -> pair.substring(wanted.length()))
          .findFirst();
    }

    private void keep(HttpResponse<String> answer) {
      handOut(answer.headers().allValues("Set-Cookie"));
    }

    // Of two cookies of one name the later one counts.
    private void handOut(List<String> lines) {
      if (lines.isEmpty()) return;
      var names = lines.stream().map(line -> line.split("=", 2)[0]).toList();
      var headers = exchange.getResponseHeaders();
      var all = new ArrayList<String>();
      for (var line : headers.getOrDefault("Set-Cookie", List.of()))
        if (!names.contains(line.split("=", 2)[0])) all.add(line);
      all.addAll(lines);
      headers.put("Set-Cookie", all);
      headers.set("Cache-Control", "no-store");
    }
  }

  // ------------------------------------------------------------------------------------------- talking to the server

  private Optional<String> keys() {
    try {
      var answer = call("GET", "/.well-known/jwks.json", Map.of(), null);
      return answer.statusCode() == 200 ? Optional.of(answer.body()) : Optional.empty();
    } catch (Refused unanswered) {
      return Optional.empty();
    }
  }

  private Map<String, Object> manage(String method, String path, Object body) {
    var answer = call(method, path, Map.of("Authorization", List.of("Bearer " + apiKey)), body);
    if (answer.statusCode() != 200 && answer.statusCode() != 201) throw new Refused(503);
    return Json.object(answer.body());
  }

  private HttpResponse<String> call(String method, String path, Map<String, List<String>> headers, Object body) {
    var content = body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(Json.write(body));
    var request = HttpRequest.newBuilder(URI.create(url + path)).method(method, content).timeout(Duration.ofSeconds(5));
    headers.forEach((name, values) -> values.forEach(value -> request.header(name, value)));
    if (body != null) request.header("Content-Type", "application/json");
    try {
      return client.send(request.build(), BodyHandlers.ofString());
    } catch (IOException unanswered) {
      throw new Refused(503);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new Refused(503);
    }
  }
}
