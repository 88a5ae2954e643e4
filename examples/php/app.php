<?php

declare(strict_types=1);

// A small PHP application that leaves its sessions to Sojourn. It has the users; who is signed in it asks Sojourn.php.
//
//   php -S localhost:8000 app.php

require __DIR__ . '/Sojourn.php';

$sojourn = new Sojourn(
    url: getenv('SOJOURN_URL') ?: 'http://localhost:3000',
    issuer: getenv('SOJOURN_ISSUER') ?: 'http://localhost:3000',
    apiKey: (string) getenv('SOJOURN_API_KEY'),
    behindProxy: getenv('BEHIND_PROXY') === '1',
);

// Yours are in a database, with hashes that were made when people signed up.
const USERS = [
    'ada' => ['password' => '$2y$10$srJ1KxtAFa9mve/EMUizF.QNkY9cNA2mN/NedpJdpMxrKe7JATdpO', 'role' => 'admin'],
    'grace' => ['password' => '$2y$10$J22RIhQuGPso9KkeoTJZOuySND3L/p0xsp/NhjJdKReRsrFzOPPOG', 'role' => 'member'],
];
const NOBODY = '$2y$10$1scupNlRwtPTE7Hg633/X.3SerQZwhyR0lMx6ql.8rcq6sGYY1LmK';

try {
    answer($sojourn, $sojourn->recognise());
} catch (Refused $refused) {
    http_response_code($refused->getCode());
    echo $refused->getMessage();
}

function answer(Sojourn $sojourn, ?Session $session): void
{
    $path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
    match ("$_SERVER[REQUEST_METHOD] $path") {
        'GET /' => page('Home', $session
            ? '<p>Signed in as ' . h($session->subject) . '. <a href="/account">Your account</a></p>'
            : '<p><a href="/sign-in">Sign in</a></p>'),
        'GET /sign-in' => signInForm($sojourn, text($_GET, 'return_to', '/')),
        'POST /sign-in' => signIn($sojourn),
        'GET /account' => $session ? account($sojourn, $session) : askForSignIn(),
        'POST /note' => $session ? writeNote($session) : askForSignIn(),
        'GET /devices' => $sojourn->atOnce() ? devices($sojourn) : askForSignIn(),
        'POST /sign-out' => signOut($sojourn, 'this'),
        'POST /sign-out-everywhere' => $session ? signOut($sojourn, 'all') : askForSignIn(),
        'GET /api/me' => $session ? me($session) : askForSignIn(),
        default => http_response_code(404),
    };
}

function signInForm(Sojourn $sojourn, string $returnTo, string $fault = ''): void
{
    page('Sign in', ($fault === '' ? '' : '<p role="alert">' . h($fault) . '</p>') . '
      <form method="post" action="/sign-in">
        ' . csrfField($sojourn->csrfToken()) . '
        <input type="hidden" name="return_to" value="' . h($returnTo) . '">
        <label>Name <input name="name" autocomplete="username" required></label>
        <label>Password <input name="password" type="password" autocomplete="current-password" required></label>
        <button>Sign in</button>
      </form>');
}

function signIn(Sojourn $sojourn): void
{
    $name = text($_POST, 'name');
    $returnTo = text($_POST, 'return_to', '/');
    $user = USERS[$name] ?? null;
    // The same work for a name that nobody has, so that the time tells nothing.
    if (!password_verify(text($_POST, 'password'), $user['password'] ?? NOBODY) || $user === null) {
        http_response_code(401);
        signInForm($sojourn, $returnTo, 'Name or password is wrong.');
        return;
    }
    $sojourn->signIn($name, ['role' => $user['role']]);
    // A path of ours. Browsers take // and /\ for the beginning of another host, and skip control characters.
    seeOther(preg_match('#^/(?![/\\\\])[\x21-\x7e]*$#D', $returnTo) === 1 ? $returnTo : '/');
}

function account(Sojourn $sojourn, Session $session): void
{
    $field = csrfField($sojourn->csrfToken());
    page('Your account', '
      <p>Signed in as ' . h($session->subject) . ', ' . h((string) $session->claims['role']) . '. <a href="/devices">Your devices</a></p>
      <p>Note: ' . h((string) @file_get_contents(noteOf($session))) . '</p>
      <form method="post" action="/note">' . $field . '
        <label>New note <input name="note" maxlength="200"></label>
        <button>Write</button>
      </form>
      <form method="post" action="/sign-out">' . $field . '<button>Sign out</button></form>
      <form method="post" action="/sign-out-everywhere">' . $field . '<button>Sign out everywhere</button></form>');
}

function writeNote(Session $session): void
{
    file_put_contents(noteOf($session), substr(text($_POST, 'note'), 0, 200));
    seeOther('/account');
}

function noteOf(Session $session): string
{
    return sys_get_temp_dir() . '/note-' . hash('sha256', $session->subject);
}

function devices(Sojourn $sojourn): void
{
    $items = array_map(
        fn (array $one): string => '<li>' . h($one['device']['userAgent'] ?: 'An unknown device') . ', since ' . h($one['createdAt']) . '</li>',
        $sojourn->sessions(),
    );
    page('Your devices', '<ul>' . implode('', $items) . '</ul><p><a href="/account">Back</a></p>');
}

function signOut(Sojourn $sojourn, string $scope): void
{
    $sojourn->signOut($scope);
    seeOther('/');
}

function me(Session $session): void
{
    header('Content-Type: application/json');
    echo json_encode(['subject' => $session->subject, 'role' => $session->claims['role'] ?? null], JSON_THROW_ON_ERROR);
}

function askForSignIn(): void
{
    $isPage = $_SERVER['REQUEST_METHOD'] === 'GET' && str_contains($_SERVER['HTTP_ACCEPT'] ?? '', 'text/html');
    $isPage ? seeOther('/sign-in?return_to=' . rawurlencode($_SERVER['REQUEST_URI'])) : http_response_code(401);
}

function seeOther(string $path): void
{
    header("Location: $path", true, 303);
}

/** @param array<mixed> $from */
function text(array $from, string $name, string $default = ''): string
{
    return is_string($from[$name] ?? null) ? $from[$name] : $default;
}

function csrfField(string $token): string
{
    return '<input type="hidden" name="csrf_token" value="' . h($token) . '">';
}

function h(string $text): string
{
    return htmlspecialchars($text, ENT_QUOTES | ENT_SUBSTITUTE);
}

function page(string $title, string $main): void
{
    header('Content-Type: text/html; charset=utf-8');
    echo <<<HTML
    <!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>$title · Notes</title>
        <style>
          body { font: 1rem/1.5 system-ui, sans-serif; max-width: 36rem; margin: 3rem auto; padding: 0 1rem; color-scheme: light dark; }
          form { display: grid; gap: 0.75rem; max-width: 20rem; margin: 1rem 0; }
          input, button { font: inherit; padding: 0.5rem; }
        </style>
      </head>
      <body><main><h1>$title</h1>$main</main></body>
    </html>
    HTML;
}
