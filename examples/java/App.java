import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/** A small Java application that leaves its sessions to Sojourn. It has the users; who is signed in it asks Sojourn.java. */
final class App {
  /** Yours are in a database. */
  record User(byte[] salt, byte[] hash, String role) {}

  // As many as OWASP asks for, unless somebody is in a hurry.
  private static final int ROUNDS = Integer.parseInt(setting("PASSWORD_ROUNDS", "600000"));
  private static final int LONGEST_BODY = 65_536;
  private static final Map<String, User> users =
      Map.of("ada", newUser("analytical engine", "admin"), "grace", newUser("first compiler", "member"));
  private static final User nobody = newUser("", "");
  private static final Map<String, String> notes = new ConcurrentHashMap<>();

  private final Sojourn sojourn =
      new Sojourn(
          setting("SOJOURN_URL", "http://localhost:3000"),
          setting("SOJOURN_ISSUER", "http://localhost:3000"),
          setting("SOJOURN_API_KEY", ""),
          setting("BEHIND_PROXY", "").equals("1"));

  public static void main(String[] args) throws IOException {
    var server = HttpServer.create(new InetSocketAddress("localhost", Integer.parseInt(setting("PORT", "8080"))), 0);
    server.createContext("/", new App()::answer);
    server.setExecutor(Executors.newCachedThreadPool());
    server.start();
    System.out.println("listening on http://localhost:" + server.getAddress().getPort());
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      try {
        var form = fieldsOf(bodyOf(exchange));
        route(exchange, sojourn.recognise(exchange, form), form);
      } catch (Sojourn.Refused refused) {
        send(exchange, refused.status, "text/plain", "Refused");
      } catch (RuntimeException broken) {
        broken.printStackTrace();
        send(exchange, 500, "text/plain", "Something is broken");
      }
    }
  }

  private void route(HttpExchange exchange, Sojourn.Caller caller, Map<String, String> form) throws IOException {
    var uri = exchange.getRequestURI();
    switch (exchange.getRequestMethod() + " " + uri.getPath()) {
      case "GET /" -> page(exchange, 200, "Home", home(caller));
      case "GET /sign-in" -> {
        var returnTo = fieldsOf(Optional.ofNullable(uri.getRawQuery()).orElse("")).getOrDefault("return_to", "/");
        page(exchange, 200, "Sign in", signInForm(caller, returnTo, ""));
      }
      case "POST /sign-in" -> signIn(exchange, caller, form);
      case "GET /account" -> page(exchange, 200, "Your account", account(caller, signedIn(exchange, caller.session())));
      case "POST /note" -> {
        var note = form.getOrDefault("note", "");
        notes.put(signedIn(exchange, caller.session()).subject(), note.substring(0, Math.min(200, note.length())));
        seeOther(exchange, "/account");
      }
      case "GET /devices" -> {
        signedIn(exchange, caller.atOnce());
        page(exchange, 200, "Your devices", devices(caller));
      }
      case "POST /sign-out" -> {
        caller.signOut("this");
        seeOther(exchange, "/");
      }
      case "POST /sign-out-everywhere" -> {
        signedIn(exchange, caller.session());
        caller.signOut("all");
        seeOther(exchange, "/");
      }
      case "GET /api/me" -> {
        var session = signedIn(exchange, caller.session());
        var told = new HashMap<String, Object>();
        told.put("subject", session.subject());
        told.put("role", session.claims().get("role"));
        send(exchange, 200, "application/json", Json.write(told));
      }
      default -> send(exchange, 404, "text/plain", "Not found");
    }
  }

  /** The session; without one, somebody who reads a page is shown the way, and anything else is refused. */
  private static Sojourn.Session signedIn(HttpExchange exchange, Optional<Sojourn.Session> session) {
    return session.orElseThrow(
        () -> {
          var accept = Optional.ofNullable(exchange.getRequestHeaders().getFirst("Accept")).orElse("");
          if (!exchange.getRequestMethod().equals("GET") || !accept.contains("text/html")) return new Sojourn.Refused(401);
          var here = exchange.getRequestURI().toASCIIString();
          location(exchange, "/sign-in?return_to=" + URLEncoder.encode(here, StandardCharsets.UTF_8));
          return new Sojourn.Refused(303);
        });
  }

  private static String home(Sojourn.Caller caller) {
    return caller.session()
        .map(session -> "<p>Signed in as " + h(session.subject()) + ". <a href=\"/account\">Your account</a></p>")
        .orElse("<p><a href=\"/sign-in\">Sign in</a></p>");
  }

  private static String signInForm(Sojourn.Caller caller, String returnTo, String fault) {
    return (fault.isEmpty() ? "" : "<p role=\"alert\">" + h(fault) + "</p>")
        + """
        <form method="post" action="/sign-in">
          %s
          <input type="hidden" name="return_to" value="%s">
          <label>Name <input name="name" autocomplete="username" required></label>
          <label>Password <input name="password" type="password" autocomplete="current-password" required></label>
          <button>Sign in</button>
        </form>"""
            .formatted(csrfField(caller), h(returnTo));
  }

  private void signIn(HttpExchange exchange, Sojourn.Caller caller, Map<String, String> form) throws IOException {
    var name = form.getOrDefault("name", "");
    var returnTo = form.getOrDefault("return_to", "/");
    var user = users.get(name);
    // The same work for a name that nobody has, so that the time tells nothing.
    var known = user == null ? nobody : user;
    var isRight = MessageDigest.isEqual(hash(form.getOrDefault("password", ""), known.salt()), known.hash());
    if (user == null || !isRight) {
      page(exchange, 401, "Sign in", signInForm(caller, returnTo, "Name or password is wrong."));
      return;
    }
    caller.signIn(name, Map.of("role", user.role()));
    // A path of ours. Browsers take // and /\ for the beginning of another host, and skip control characters.
    seeOther(exchange, returnTo.matches("/(?![/\\\\])[!-~]*") ? returnTo : "/");
  }

  private static String account(Sojourn.Caller caller, Sojourn.Session session) {
    var field = csrfField(caller);
    return """
        <p>Signed in as %s, %s. <a href="/devices">Your devices</a></p>
        <p>Note: %s</p>
        <form method="post" action="/note">%s
          <label>New note <input name="note" maxlength="200"></label>
          <button>Write</button>
        </form>
        <form method="post" action="/sign-out">%s<button>Sign out</button></form>
        <form method="post" action="/sign-out-everywhere">%s<button>Sign out everywhere</button></form>"""
        .formatted(
            h(session.subject()),
            h(String.valueOf(session.claims().get("role"))),
            h(notes.getOrDefault(session.subject(), "")),
            field,
            field,
            field);
  }

  private static String devices(Sojourn.Caller caller) {
    return caller.sessions().stream()
        .map(
            one -> {
              var agent = ((Map<?, ?>) one.get("device")).get("userAgent");
              return "<li>" + h(agent == null ? "An unknown device" : agent.toString()) + ", since "
                  + h(String.valueOf(one.get("createdAt"))) + "</li>";
            })
        .collect(Collectors.joining("", "<ul>", "</ul><p><a href=\"/account\">Back</a></p>"));
  }

  private static String csrfField(Sojourn.Caller caller) {
    return "<input type=\"hidden\" name=\"csrf_token\" value=\"" + h(caller.csrfToken()) + "\">";
  }

  // ------------------------------------------------------------------------------------------- answers

  private static void page(HttpExchange exchange, int status, String title, String main) throws IOException {
    var html =
        """
        <!doctype html>
        <html lang="en">
          <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>%1$s · Notes</title>
            <style>
              body { font: 1rem/1.5 system-ui, sans-serif; max-width: 36rem; margin: 3rem auto; padding: 0 1rem; color-scheme: light dark; }
              form { display: grid; gap: 0.75rem; max-width: 20rem; margin: 1rem 0; }
              input, button { font: inherit; padding: 0.5rem; }
            </style>
          </head>
          <body><main><h1>%1$s</h1>%2$s</main></body>
        </html>
        """;
    send(exchange, status, "text/html", html.formatted(title, main));
  }

  private static void seeOther(HttpExchange exchange, String path) throws IOException {
    location(exchange, path);
    send(exchange, 303, "text/plain", "");
  }

  private static void location(HttpExchange exchange, String path) {
    exchange.getResponseHeaders().set("Location", path);
  }

  private static void send(HttpExchange exchange, int status, String type, String text) throws IOException {
    var bytes = text.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", type + "; charset=utf-8");
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    if (bytes.length > 0) exchange.getResponseBody().write(bytes);
  }

  private static String h(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;").replace("'", "&#39;");
  }

  // ------------------------------------------------------------------------------------------- forms, passwords, settings

  private static String bodyOf(HttpExchange exchange) throws IOException {
    var bytes = exchange.getRequestBody().readNBytes(LONGEST_BODY + 1);
    if (bytes.length > LONGEST_BODY) throw new Sojourn.Refused(413);
    var type = Optional.ofNullable(exchange.getRequestHeaders().getFirst("Content-Type")).orElse("");
    return type.startsWith("application/x-www-form-urlencoded") ? new String(bytes, StandardCharsets.UTF_8) : "";
  }

  private static Map<String, String> fieldsOf(String encoded) {
    var fields = new HashMap<String, String>();
    for (var pair : encoded.split("&")) {
      var parts = pair.split("=", 2);
      try {
        if (parts.length == 2) fields.putIfAbsent(decoded(parts[0]), decoded(parts[1]));
      } catch (IllegalArgumentException malformed) {
        throw new Sojourn.Refused(400);
      }
    }
    return fields;
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }

  private static User newUser(String password, String role) {
    var salt = new byte[16];
    new SecureRandom().nextBytes(salt);
    return new User(salt, hash(password, salt), role);
  }

  private static byte[] hash(String password, byte[] salt) {
    try {
      var spec = new PBEKeySpec(password.toCharArray(), salt, ROUNDS, 256);
      return SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256").generateSecret(spec).getEncoded();
    } catch (GeneralSecurityException missing) {
      throw new IllegalStateException(missing);
    }
  }

  private static String setting(String name, String otherwise) {
    return Optional.ofNullable(System.getenv(name)).filter(value -> !value.isEmpty()).orElse(otherwise);
  }
}
