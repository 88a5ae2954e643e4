<?php

declare(strict_types=1);

/**
 * Sessions of a PHP application, kept by a Sojourn server. Copy this file into yours; it needs PHP 8.1 with openssl and json.
 *
 *     $sojourn = new Sojourn(url: 'http://localhost:3000', issuer: 'https://app.example', apiKey: getenv('SOJOURN_API_KEY'));
 *     $session = $sojourn->recognise();
 *
 * A safe request (GET, HEAD) with a good access token is decided here, with the server's public keys. Everything else is
 * asked of the server, which judges where an unsafe request comes from and its CSRF token, and refreshes what has run out.
 * What the server cannot answer is a 503: nobody is taken for a visitor, or for somebody, because of an outage.
 *
 * The server must trust this application with X-Forwarded headers: name its address in SOJOURN_TRUSTED_PROXIES.
 */
final class Refused extends RuntimeException
{
}

final class Session
{
    /** @param array<string, mixed> $claims */
    public function __construct(
        public readonly string $subject,
        public readonly string $id,
        public readonly array $claims,
    ) {
    }
}

final class Answer
{
    /** @param array<string, list<string>> $headers by their names in lower case */
    public function __construct(
        public readonly int $status,
        public readonly array $headers,
        public readonly string $body,
    ) {
    }

    public function header(string $name): string
    {
        return $this->headers[$name][0] ?? '';
    }
}

final class Sojourn
{
    /** Of what the browser sent, that which the server judges by. */
    private const JUDGED = ['Cookie', 'Authorization', 'Origin', 'Sec-Fetch-Site', 'User-Agent', 'X-Background'];
    private const SAFE = ['GET', 'HEAD', 'OPTIONS'];

    private ?Session $session = null;
    private bool $wasJudged = false;

    public function __construct(
        private readonly string $url,
        private readonly string $issuer,
        private readonly string $apiKey,
        private readonly bool $behindProxy = false,
    ) {
    }

    /** Who is calling; null for a visitor. Throws Refused with the status to answer. */
    public function recognise(): ?Session
    {
        if (in_array($_SERVER['REQUEST_METHOD'], self::SAFE, true)) {
            if (!isset($_SERVER['HTTP_COOKIE']) && !isset($_SERVER['HTTP_AUTHORIZATION'])) {
                return null;
            }
            $this->session = $this->verified();
            if ($this->session) {
                header('Cache-Control: no-store');
                return $this->session;
            }
        }
        return $this->judge();
    }

    /** Asks the server, which knows of a sign-out elsewhere before the access token has run out. */
    public function atOnce(): ?Session
    {
        return $this->wasJudged ? $this->session : $this->judge();
    }

    /**
     * Signs somebody in whose password has been checked. The visitor's earlier session ends.
     *
     * @param array<string, mixed> $claims
     */
    public function signIn(string $subject, array $claims = []): void
    {
        $earlier = $_COOKIE[$this->cookie('session')] ?? null;
        $answer = $this->manage('POST', '/v1/sessions', [
            'subject' => $subject,
            'claims' => (object) $claims,
            'amr' => ['pwd'],
            'device' => ['userAgent' => $_SERVER['HTTP_USER_AGENT'] ?? '', 'ip' => $_SERVER['REMOTE_ADDR']],
        ] + (is_string($earlier) ? ['replaces' => $earlier] : []));
        $this->handOut($answer['setCookie']);
        header('Cache-Control: no-store');
    }

    /** Ends this session, the `others` of the same person, or `all`. The request has shown its CSRF token already. */
    public function signOut(string $scope = 'this'): void
    {
        $answer = $this->call('POST', '/session/logout', $this->told(), ['scope' => $scope]);
        if ($answer->status !== 204) {
            throw new Refused('The server does not sign out.', 503);
        }
        $this->keep($answer);
        if ($answer->header('clear-site-data') !== '') {
            header('Clear-Site-Data: ' . $answer->header('clear-site-data'));
        }
    }

    /** The sessions of the caller, on all devices. @return list<array<string, mixed>> */
    public function sessions(): array
    {
        return $this->manage('GET', '/v1/sessions?subject=' . rawurlencode($this->session->subject))['items'];
    }

    /** A token for the forms of this page, as the field `csrf_token` or the header X-CSRF-Token. */
    public function csrfToken(): string
    {
        $answer = $this->call('GET', '/session/csrf', $this->told());
        if ($answer->status !== 200) {
            throw new Refused('The server gives no CSRF token.', 503);
        }
        $this->keep($answer);
        return json_decode($answer->body, true, 8, JSON_THROW_ON_ERROR)['csrfToken'];
    }

    // ------------------------------------------------------------------------------------------- finding out

    private function verified(): ?Session
    {
        $isBearer = preg_match('/^Bearer +(\S+)$/i', $_SERVER['HTTP_AUTHORIZATION'] ?? '', $match) === 1;
        $token = $isBearer ? $match[1] : ($_COOKIE[$this->cookie('access')] ?? '');
        $claims = is_string($token) ? verifiedClaims($token, $this->key(...), $this->issuer) : null;
        return $claims === null ? null : new Session($claims['sub'], $claims['sid'], array_diff_key($claims, REGISTERED));
    }

    private function judge(): ?Session
    {
        $this->wasJudged = true;
        $answer = $this->call('GET', '/forward-auth', $this->told());
        $this->keep($answer);
        if ($answer->status !== 200 && $answer->status !== 401) {
            $passedOn = in_array($answer->status, [400, 403, 429], true);
            throw new Refused('The server refuses the request.', $passedOn ? $answer->status : 503);
        }
        $this->session = $answer->status === 401 ? null : new Session(
            rawurldecode($answer->header('x-session-subject')),
            $answer->header('x-session-id'),
            json_decode(base64url($answer->header('x-session-claims')), true, 32, JSON_THROW_ON_ERROR),
        );
        return $this->session;
    }

    /** A public key of the server by its name: PHP forgets everything after a request, so they are kept in a file. */
    private function key(string $name): ?string
    {
        $file = sys_get_temp_dir() . '/sojourn-keys-' . posix_geteuid() . '-' . hash('sha256', $this->url) . '.json';
        $isOurs = is_file($file) && !is_link($file) && fileowner($file) === posix_geteuid();
        $kept = $isOurs ? json_decode((string) file_get_contents($file), true) : null;
        $age = time() - ($kept['at'] ?? 0);
        // A name that is not known may be new; but callers write names, so it is not asked for each time.
        if ($age > 300 || ($age > 10 && !isset($kept['keys'][$name]))) {
            $kept = $this->renewed($file) ?? $kept;
        }
        return $kept['keys'][$name] ?? null;
    }

    /** @return array{at: int, keys: array<string, string>}|null */
    private function renewed(string $file): ?array
    {
        try {
            $answer = $this->call('GET', '/.well-known/jwks.json', []);
        } catch (Refused) {
            return null;
        }
        $set = json_decode($answer->body, true);
        if ($answer->status !== 200 || !is_array($set['keys'] ?? null)) {
            return null;
        }
        $keys = [];
        foreach ($set['keys'] as $key) {
            if (($key['alg'] ?? '') === 'ES256') {
                $keys[$key['kid']] = publicKey($key['x'], $key['y']);
            }
        }
        $kept = ['at' => time(), 'keys' => $keys];
        $new = (string) tempnam(sys_get_temp_dir(), 'sojourn-keys-');
        file_put_contents($new, json_encode($kept, JSON_THROW_ON_ERROR));
        rename($new, $file);
        return $kept;
    }

    // ------------------------------------------------------------------------------------------- talking to the server

    /** The request as the browser made it, in the words of a proxy. @return array<string, string> */
    private function told(): array
    {
        $headers = [];
        foreach (self::JUDGED as $name) {
            $value = $_SERVER['HTTP_' . strtoupper(strtr($name, '-', '_'))] ?? null;
            if ($value !== null) {
                $headers[$name] = $value;
            }
        }
        $token = $_SERVER['HTTP_X_CSRF_TOKEN'] ?? $_POST['csrf_token'] ?? null;
        if (is_string($token) && preg_match('/^[\x21-\x7e]{1,256}$/', $token) === 1) {
            $headers['X-CSRF-Token'] = $token;
        }
        return $headers + [
            'X-Forwarded-Method' => $_SERVER['REQUEST_METHOD'],
            'X-Forwarded-Uri' => $_SERVER['REQUEST_URI'],
            'X-Forwarded-Proto' => $this->isSecure() ? 'https' : 'http',
            'X-Forwarded-Host' => $_SERVER['HTTP_HOST'],
            'X-Forwarded-For' => $_SERVER['REMOTE_ADDR'],
        ];
    }

    private function isSecure(): bool
    {
        $forwarded = $this->behindProxy ? ($_SERVER['HTTP_X_FORWARDED_PROTO'] ?? '') : '';
        return $forwarded === 'https' || ($_SERVER['HTTPS'] ?? 'off') !== 'off';
    }

    private function cookie(string $name): string
    {
        return $this->isSecure() ? "__Host-Http-$name" : $name;
    }

    private function keep(Answer $answer): void
    {
        $this->handOut($answer->headers['set-cookie'] ?? []);
        if ($answer->status === 200 || isset($answer->headers['set-cookie'])) {
            header('Cache-Control: no-store');
        }
    }

    /** Of two cookies of one name the later one counts. @param list<string> $lines */
    private function handOut(array $lines): void
    {
        $nameOf = fn (string $line): string => explode('=', $line, 2)[0];
        $names = array_map($nameOf, $lines);
        $earlier = [];
        foreach (headers_list() as $header) {
            [$field, $value] = explode(': ', $header, 2) + [1 => ''];
            if (strtolower($field) === 'set-cookie' && !in_array($nameOf($value), $names, true)) {
                $earlier[] = $value;
            }
        }
        header_remove('Set-Cookie');
        foreach ([...$earlier, ...$lines] as $line) {
            header("Set-Cookie: $line", false);
        }
    }

    /** @param array<string, mixed>|null $body @return array<string, mixed> */
    private function manage(string $method, string $path, ?array $body = null): array
    {
        $answer = $this->call($method, $path, ['Authorization' => "Bearer {$this->apiKey}"], $body);
        if ($answer->status !== 200 && $answer->status !== 201) {
            throw new Refused("The server answers $answer->status.", 503);
        }
        return json_decode($answer->body, true, 32, JSON_THROW_ON_ERROR);
    }

    /** @param array<string, string> $headers @param array<string, mixed>|null $body */
    private function call(string $method, string $path, array $headers, ?array $body = null): Answer
    {
        $fields = $body === null ? $headers : $headers + ['Content-Type' => 'application/json'];
        $lines = array_map(fn (string $name): string => "$name: $fields[$name]", array_keys($fields));
        $context = stream_context_create(['http' => [
            'method' => $method,
            'header' => $lines,
            'content' => $body === null ? '' : json_encode($body, JSON_THROW_ON_ERROR),
            'timeout' => 5,
            'ignore_errors' => true,
            'follow_location' => 0,
            'protocol_version' => 1.1,
        ]]);
        $text = @file_get_contents($this->url . $path, false, $context);
        if ($text === false || !isset($http_response_header[0])) {
            throw new Refused('The server does not answer.', 503);
        }
        $read = [];
        foreach (array_slice($http_response_header, 1) as $line) {
            [$name, $value] = explode(':', $line, 2) + [1 => ''];
            $read[strtolower($name)][] = trim($value);
        }
        return new Answer((int) explode(' ', $http_response_header[0])[1], $read, $text);
    }
}

// ------------------------------------------------------------------------------------------- access tokens (RFC 9068)

const REGISTERED = [
    'iss' => 1, 'sub' => 1, 'aud' => 1, 'client_id' => 1, 'iat' => 1, 'exp' => 1, 'nbf' => 1, 'jti' => 1,
    'sid' => 1, 'gen' => 1, 'ver' => 1, 'auth_time' => 1, 'amr' => 1, 'acr' => 1,
];

/**
 * The claims of an access token, if it is good: signed with ES256 by a key of the server, for us, and not run out.
 *
 * @param callable(string): ?string $keyOf a public key in PEM by its name
 * @return array<string, mixed>|null
 */
function verifiedClaims(string $token, callable $keyOf, string $issuer): ?array
{
    $parts = explode('.', $token);
    if (count($parts) !== 3 || strlen($token) > 8192) {
        return null;
    }
    $header = json_decode(base64url($parts[0]), true, 4);
    $signature = base64url($parts[2]);
    if (!is_array($header) || ($header['alg'] ?? '') !== 'ES256' || ($header['typ'] ?? '') !== 'at+jwt') {
        return null;
    }
    $key = is_string($header['kid'] ?? null) && strlen($signature) === 64 ? $keyOf($header['kid']) : null;
    $signed = "$parts[0].$parts[1]";
    if ($key === null || openssl_verify($signed, ecdsaSignature($signature), $key, OPENSSL_ALGO_SHA256) !== 1) {
        return null;
    }
    $claims = json_decode(base64url($parts[1]), true, 32);
    $isGood = is_array($claims)
        && ($claims['iss'] ?? '') === $issuer
        && in_array($issuer, (array) ($claims['aud'] ?? []), true)
        && is_int($claims['exp'] ?? null) && $claims['exp'] > time()
        && is_string($claims['sub'] ?? null) && is_string($claims['sid'] ?? null);
    return $isGood ? $claims : null;
}

function base64url(string $text): string
{
    return (string) base64_decode(strtr($text, '-_', '+/'), true);
}

/** The two numbers of a JOSE signature (RFC 7518 §3.4), as OpenSSL wants them: a SEQUENCE of INTEGERs. */
function ecdsaSignature(string $both): string
{
    $integers = '';
    foreach (str_split($both, 32) as $number) {
        $bytes = ltrim($number, "\0");
        // A first bit that is set would make it negative.
        $bytes = $bytes === '' || ord($bytes[0]) > 127 ? "\0$bytes" : $bytes;
        $integers .= "\x02" . chr(strlen($bytes)) . $bytes;
    }
    return "\x30" . chr(strlen($integers)) . $integers;
}

/** A point on P-256 as a public key in PEM: the fixed beginning of its SubjectPublicKeyInfo (RFC 5480), and the point. */
function publicKey(string $x, string $y): string
{
    $beginning = hex2bin('3059301306072a8648ce3d020106082a8648ce3d030107034200');
    $der = "$beginning\x04" . str_pad(base64url($x), 32, "\0", STR_PAD_LEFT) . str_pad(base64url($y), 32, "\0", STR_PAD_LEFT);
    return "-----BEGIN PUBLIC KEY-----\n" . chunk_split(base64_encode($der), 64, "\n") . "-----END PUBLIC KEY-----\n";
}
