"""Sessions of a Flask application, kept by a Sojourn server. Copy this file into yours.

    sojourn = Sojourn(app, url='http://localhost:3000', issuer='https://app.example', api_key=os.environ['SOJOURN_API_KEY'])

Before each request it finds out who is calling, and puts that into `current_session`: from the access token alone, with the
server's public keys, where the request is safe (GET, HEAD) and the token has not run out; otherwise by asking the server,
which also judges where an unsafe request comes from and whether its CSRF token is right, and refreshes what has run out. What
the server cannot answer is a 503: nobody is taken for a visitor, or for somebody, because of an outage.

The server must trust this application with X-Forwarded headers: name its address in SOJOURN_TRUSTED_PROXIES.
"""

import base64
import json
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from functools import wraps

import jwt
from flask import abort, g, redirect, request, url_for
from werkzeug.local import LocalProxy

SAFE = {'GET', 'HEAD', 'OPTIONS'}
# Of what the browser sent, that which the server judges by.
JUDGED = ('Cookie', 'Authorization', 'Origin', 'Sec-Fetch-Site', 'User-Agent', 'X-Background')
REGISTERED = set('iss sub aud client_id iat exp nbf jti sid gen ver auth_time amr acr'.split())


@dataclass(frozen=True)
class Session:
    subject: str
    id: str
    claims: dict


current_session = LocalProxy(lambda: g.get('session'))


class Sojourn:
    def __init__(self, app, *, url, issuer, api_key, audience=None, algorithms=('ES256',)):
        self._url = url.rstrip('/')
        self._issuer = issuer
        self._audience = audience or issuer
        self._api_key = api_key
        self._algorithms = list(algorithms)
        self._keys = Keys(lambda: self._send('GET', '/.well-known/jwks.json', {}))
        app.before_request(self._recognise)
        app.after_request(self._hand_out)
        app.jinja_env.globals.update(csrf_token=self.csrf_token, current_session=current_session)

    # ----------------------------------------------------------------------------------- what the application calls

    def sign_in(self, subject, claims=None, remember=False):
        """Signs somebody in whose password has been checked. The visitor's earlier session ends."""
        earlier = request.cookies.get(self._cookie('session'))
        self._manage('POST', '/v1/sessions', {
            'subject': subject,
            'claims': claims or {},
            'remember': remember,
            'amr': ['pwd'],
            'device': {'userAgent': request.headers.get('User-Agent', ''), 'ip': request.remote_addr},
            **({'replaces': earlier} if earlier else {}),
        }, self._keep_issued)

    def sign_out(self, scope='this'):
        """Ends this session, the `others` of the same person, or `all`. The request has shown its CSRF token already."""
        answer = self._call('POST', '/session/logout', self._told(), {'scope': scope})
        if answer.status != 204:
            abort(503)
        self._keep(answer)
        if scope != 'others':
            g.session = None

    def sessions(self):
        """The sessions of the caller, on all devices."""
        subject = urllib.parse.quote(current_session.subject, safe='')
        return self._manage('GET', f'/v1/sessions?subject={subject}', None, lambda answer: answer['items'])

    def csrf_token(self):
        """A token for a form of this page, as the field `csrf_token` or the header X-CSRF-Token."""
        answer = self._call('GET', '/session/csrf', self._told())
        if answer.status != 200:
            abort(503)
        self._keep(answer)
        return json.loads(answer.body)['csrfToken']

    def signed_in(self, view=None, *, at_once=False):
        """Only for people who are signed in. `at_once` asks the server, which knows of a sign-out elsewhere before the
        access token has run out."""
        if view is None:
            return lambda one: self.signed_in(one, at_once=at_once)

        @wraps(view)
        def guarded(*args, **kwargs):
            if at_once and not g.get('was_judged'):
                self._judge()
            if g.session:
                return view(*args, **kwargs)
            if 'text/html' in request.headers.get('Accept', '') and request.method in SAFE:
                return redirect(url_for('sign_in_form', return_to=request.full_path.rstrip('?')), 303)
            abort(401)

        return guarded

    # ----------------------------------------------------------------------------------- around each request

    def _recognise(self):
        g.session = None
        g.cookies = []
        if request.method in SAFE:
            if 'Cookie' not in request.headers and 'Authorization' not in request.headers:
                return
            g.session = self._verified()
            if g.session:
                return
        self._judge()

    def _hand_out(self, response):
        for line in g.get('cookies', []):
            response.headers.add('Set-Cookie', line)
        if g.get('cookies') or g.get('session'):
            response.headers['Cache-Control'] = 'no-store'
        if g.get('clear_site_data'):
            response.headers['Clear-Site-Data'] = g.clear_site_data
        return response

    def _verified(self):
        """The session that the access token proves; None if it proves none, or is spent."""
        kind, _, token = request.headers.get('Authorization', '').partition(' ')
        if kind.lower() != 'bearer':
            token = request.cookies.get(self._cookie('access'), '')
        try:
            header = jwt.get_unverified_header(token)
            key = self._keys.find(header.get('kid'))
            if key is None or header.get('typ') != 'at+jwt':
                return None
            claims = jwt.decode(
                token, key.key, algorithms=self._algorithms, audience=self._audience, issuer=self._issuer,
                options={'require': ['exp', 'iat', 'sub', 'sid']},
            )
        except jwt.PyJWTError:
            return None
        own = {name: value for name, value in claims.items() if name not in REGISTERED}
        return Session(claims['sub'], claims['sid'], own)

    def _judge(self):
        g.was_judged = True
        answer = self._call('GET', '/forward-auth', self._told())
        self._keep(answer)
        if answer.status == 200:
            told = answer.headers
            claims = base64.urlsafe_b64decode(told['X-Session-Claims'] + '==')
            g.session = Session(urllib.parse.unquote(told['X-Session-Subject']), told['X-Session-Id'], json.loads(claims))
        elif answer.status == 401:
            g.session = None
        else:
            abort(answer.status if answer.status in (400, 403, 429) else 503)

    # ----------------------------------------------------------------------------------- talking to the server

    def _told(self):
        """The request as the browser made it, in the words of a proxy."""
        headers = {name: request.headers[name] for name in JUDGED if name in request.headers}
        token = request.headers.get('X-CSRF-Token') or request.form.get('csrf_token')
        return {
            **headers,
            **({'X-CSRF-Token': token} if token else {}),
            'X-Forwarded-Method': request.method,
            'X-Forwarded-Uri': urllib.parse.quote(request.path),
            'X-Forwarded-Proto': request.scheme,
            'X-Forwarded-Host': request.host,
            'X-Forwarded-For': request.remote_addr or '',
        }

    def _manage(self, method, path, body, use):
        answer = self._call(method, path, {'Authorization': f'Bearer {self._api_key}'}, body)
        if answer.status not in (200, 201):
            abort(503)
        return use(json.loads(answer.body))

    def _keep_issued(self, issued):
        g.cookies = issued['setCookie']
        g.session = Session(issued['session']['subject'], issued['session']['id'], issued['session']['claims'])

    def _keep(self, answer):
        lines = answer.headers.get_all('Set-Cookie', [])
        names = {line.partition('=')[0] for line in lines}
        g.cookies = [line for line in g.cookies if line.partition('=')[0] not in names] + lines
        g.clear_site_data = answer.headers.get('Clear-Site-Data')

    def _cookie(self, name):
        return f'__Host-Http-{name}' if request.is_secure else name

    def _call(self, method, path, headers, body=None):
        try:
            return self._send(method, path, headers, body)
        except (OSError, ValueError):
            abort(503)

    def _send(self, method, path, headers, body=None):
        data = None if body is None else json.dumps(body).encode()
        kind = {} if body is None else {'Content-Type': 'application/json'}
        call = urllib.request.Request(self._url + path, data, {**headers, **kind}, method=method)
        try:
            with urllib.request.urlopen(call, timeout=5) as response:
                return Answer(response.status, response.headers, response.read())
        except urllib.error.HTTPError as refusal:
            return Answer(refusal.code, refusal.headers, refusal.read())


@dataclass(frozen=True)
class Answer:
    status: int
    headers: object
    body: bytes


class Keys:
    """The server's public keys: asked for anew every five minutes, and for a name that is not known, but then not more
    than every ten seconds, whatever callers write into their tokens. If the server does not answer, those that are known
    are good for longer."""

    def __init__(self, fetch):
        self._fetch = fetch
        self._keys = {}
        self._fetched = self._tried = float('-inf')
        self._lock = threading.Lock()

    def find(self, name):
        with self._lock:
            now = time.monotonic()
            if now - self._tried > 10 and (name not in self._keys or now - self._fetched > 300):
                self._tried = now
                self._renew(now)
            return self._keys.get(name)

    def _renew(self, now):
        try:
            keys = jwt.PyJWKSet.from_dict(json.loads(self._fetch().body)).keys
        except (OSError, ValueError, jwt.PyJWTError):
            return
        self._keys = {key.key_id: key for key in keys}
        self._fetched = now
