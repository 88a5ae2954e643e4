import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** Access tokens (RFC 9068) of a Sojourn server, verified with its public keys. */
final class AccessTokens {
  private static final Set<String> REGISTERED =
      Set.of("iss", "sub", "aud", "client_id", "iat", "exp", "nbf", "jti", "sid", "gen", "ver", "auth_time", "amr", "acr");
  private static final long LIFE = 300_000_000_000L;
  private static final long PAUSE = 10_000_000_000L;

  private final String issuer;
  private final Supplier<Optional<String>> fetch;
  private Map<String, PublicKey> keys = Map.of();
  private long fetched = System.nanoTime() - LIFE;
  private long tried = System.nanoTime() - LIFE;

  /** {@code fetch} gives the JWK set, or nothing if the server does not answer. */
  AccessTokens(String issuer, Supplier<Optional<String>> fetch) {
    this.issuer = issuer;
    this.fetch = fetch;
  }

  /** The session of a token that is good: signed with ES256 by a key of the server, for us, and not run out. */
  Optional<Sojourn.Session> verify(String token) {
    try {
      var parts = token.split("\\.", -1);
      if (parts.length != 3 || token.length() > 8192) return Optional.empty();
      var header = Json.object(text(parts[0]));
      var signature = Base64.getUrlDecoder().decode(parts[2]);
      if (!"ES256".equals(header.get("alg")) || !"at+jwt".equals(header.get("typ")) || signature.length != 64)
        return Optional.empty();
      var key = header.get("kid") instanceof String name ? find(name) : null;
      if (key == null || !isSigned(parts[0] + "." + parts[1], signature, key)) return Optional.empty();
      return session(Json.object(text(parts[1])));
    } catch (IllegalArgumentException | GeneralSecurityException refused) {
      return Optional.empty();
    }
  }

  private Optional<Sojourn.Session> session(Map<String, Object> claims) {
    var isGood =
        issuer.equals(claims.get("iss"))
            && issuer.equals(claims.get("aud"))
            && claims.get("exp") instanceof Long expiry
            && expiry > System.currentTimeMillis() / 1000;
    if (!isGood || !(claims.get("sub") instanceof String subject) || !(claims.get("sid") instanceof String id))
      return Optional.empty();
    var own = new LinkedHashMap<>(claims);
    own.keySet().removeAll(REGISTERED);
    return Optional.of(new Sojourn.Session(subject, id, own));
  }

  // The two numbers of a JOSE signature stand side by side (RFC 7518 §3.4), which Java calls P1363.
  private static boolean isSigned(String text, byte[] signature, PublicKey key) throws GeneralSecurityException {
    var verifier = Signature.getInstance("SHA256withECDSAinP1363Format");
    verifier.initVerify(key);
    verifier.update(text.getBytes(StandardCharsets.US_ASCII));
    return verifier.verify(signature);
  }

  static String text(String part) {
    return new String(Base64.getUrlDecoder().decode(part), StandardCharsets.UTF_8);
  }

  // Keys are asked for anew every five minutes, and for a name that is not known, but then not more than every ten seconds,
  // whatever callers write into their tokens. If the server does not answer, those that are known are good for longer.
  private synchronized PublicKey find(String name) {
    long now = System.nanoTime();
    if (now - tried > PAUSE && (!keys.containsKey(name) || now - fetched > LIFE)) {
      tried = now;
      fetch.get().ifPresent(document -> renew(document, now));
    }
    return keys.get(name);
  }

  private void renew(String document, long now) {
    var read = new HashMap<String, PublicKey>();
    for (var item : (List<?>) Json.object(document).getOrDefault("keys", List.of()))
      if (item instanceof Map<?, ?> key && "ES256".equals(key.get("alg")) && "P-256".equals(key.get("crv")))
        publicKey(key).ifPresent(made -> read.put(String.valueOf(key.get("kid")), made));
    keys = Map.copyOf(read);
    fetched = now;
  }

  private static Optional<PublicKey> publicKey(Map<?, ?> key) {
    try {
      var curve = AlgorithmParameters.getInstance("EC");
      curve.init(new ECGenParameterSpec("secp256r1"));
      var point = new ECPoint(number(key.get("x")), number(key.get("y")));
      var spec = new ECPublicKeySpec(point, curve.getParameterSpec(ECParameterSpec.class));
      return Optional.of(KeyFactory.getInstance("EC").generatePublic(spec));
    } catch (IllegalArgumentException | GeneralSecurityException unusable) {
      return Optional.empty();
    }
  }

  private static BigInteger number(Object text) {
    return new BigInteger(1, Base64.getUrlDecoder().decode(String.valueOf(text)));
  }
}
