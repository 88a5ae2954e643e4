"""A small Flask application that leaves its sessions to Sojourn. It has the users; who is signed in it asks sojourn.py."""

import os

from flask import Flask, jsonify, redirect, render_template, request, url_for
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.security import check_password_hash, generate_password_hash
from werkzeug.serving import make_server

from sojourn import Sojourn, current_session

app = Flask(__name__)
if os.environ.get('BEHIND_PROXY') == '1':
    # It speaks TLS for us, and says so.
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)

sojourn = Sojourn(
    app,
    url=os.environ.get('SOJOURN_URL', 'http://localhost:3000'),
    issuer=os.environ.get('SOJOURN_ISSUER', 'http://localhost:3000'),
    api_key=os.environ['SOJOURN_API_KEY'],
)

# Yours are in a database.
users = {
    'ada': {'password': generate_password_hash('analytical engine'), 'role': 'admin'},
    'grace': {'password': generate_password_hash('first compiler'), 'role': 'member'},
}
nobody = generate_password_hash('nobody has this password')
notes = {}


@app.get('/')
def home():
    return render_template('home.html')


@app.get('/sign-in')
def sign_in_form():
    return render_template('sign-in.html', return_to=request.args.get('return_to', '/'))


@app.post('/sign-in')
def sign_in():
    name, password = request.form.get('name', ''), request.form.get('password', '')
    return_to = request.form.get('return_to', '/')
    user = users.get(name)
    # The same work for a name that nobody has, so that the time tells nothing.
    if not check_password_hash(user['password'] if user else nobody, password) or not user:
        return render_template('sign-in.html', return_to=return_to, fault='Name or password is wrong.'), 401
    sojourn.sign_in(name, claims={'role': user['role']})
    return redirect(return_to if is_own(return_to) else '/', 303)


def is_own(path):
    """A path of this application. Browsers take // and /\\ for the beginning of another host, and skip control characters."""
    return path.startswith('/') and path[1:2] not in ('/', '\\') and path.isprintable()


@app.get('/account')
@sojourn.signed_in
def account():
    return render_template('account.html', note=notes.get(current_session.subject, ''))


@app.post('/note')
@sojourn.signed_in
def write_note():
    notes[current_session.subject] = request.form.get('note', '')[:200]
    return redirect(url_for('account'), 303)


@app.get('/devices')
@sojourn.signed_in(at_once=True)
def devices():
    return render_template('devices.html', sessions=sojourn.sessions())


@app.post('/sign-out')
def sign_out():
    sojourn.sign_out()
    return redirect('/', 303)


@app.post('/sign-out-everywhere')
@sojourn.signed_in
def sign_out_everywhere():
    sojourn.sign_out('all')
    return redirect('/', 303)


@app.get('/api/me')
@sojourn.signed_in
def me():
    return jsonify(subject=current_session.subject, role=current_session.claims.get('role'))


if __name__ == '__main__':
    server = make_server('127.0.0.1', int(os.environ.get('PORT', '5000')), app, threaded=True)
    print(f'listening on http://localhost:{server.server_port}', flush=True)
    server.serve_forever()
