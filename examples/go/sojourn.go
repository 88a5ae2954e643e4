// Sessions of a Go application, kept by a Sojourn server. Copy this file and token.go into yours.
//
//	sojourn := &Sojourn{URL: "http://localhost:3000", Issuer: "https://app.example", APIKey: os.Getenv("SOJOURN_API_KEY")}
//	http.ListenAndServe(":8080", sojourn.Wrap(mux))
//
// A safe request (GET, HEAD) with a good access token is decided here, with the server's public keys. Everything else is
// asked of the server, which judges where an unsafe request comes from and its CSRF token, and refreshes what has run out.
// What the server cannot answer is a 503: nobody is taken for a visitor, or for somebody, because of an outage.
//
// The server must trust this application with X-Forwarded headers: name its address in SOJOURN_TRUSTED_PROXIES.
package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

type Session struct {
	Subject string
	ID      string
	Claims  map[string]any
}

type Sojourn struct {
	URL, Issuer, APIKey string
	// The proxy in front of us speaks TLS, and says so in X-Forwarded-Proto.
	BehindProxy bool
	keys        keys
}

// Refused is an error with the status to answer.
type Refused int

func (status Refused) Error() string { return http.StatusText(int(status)) }

// Exchange is one request and its session.
type Exchange struct {
	// Session is nil for a visitor.
	Session *Session
	sojourn *Sojourn
	w       http.ResponseWriter
	r       *http.Request
	judged  bool
}

type contextKey struct{}

// Of gives the exchange of a request that has come through Wrap.
func Of(r *http.Request) *Exchange { return r.Context().Value(contextKey{}).(*Exchange) }

const longestBody = 64 << 10

// Wrap finds out who is calling, before next does.
func (s *Sojourn) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, longestBody)
		exchange := &Exchange{sojourn: s, w: w, r: r}
		if err := exchange.recognise(); err != nil {
			Fail(w, err)
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), contextKey{}, exchange)))
	})
}

// Fail answers with the status of an error.
func Fail(w http.ResponseWriter, err error) {
	status, isRefused := err.(Refused)
	if !isRefused {
		status = http.StatusServiceUnavailable
	}
	http.Error(w, status.Error(), int(status))
}

func (e *Exchange) recognise() error {
	isSafe := e.r.Method == "GET" || e.r.Method == "HEAD" || e.r.Method == "OPTIONS"
	if !isSafe {
		return e.AtOnce()
	}
	if e.r.Header.Get("Cookie") == "" && e.r.Header.Get("Authorization") == "" {
		return nil
	}
	key := func(name string) *ecdsa.PublicKey { return e.sojourn.keys.find(name, e.sojourn) }
	if session, err := verify(e.accessToken(), key, e.sojourn.Issuer, time.Now()); err == nil {
		e.Session = session
		e.w.Header().Set("Cache-Control", "no-store")
		return nil
	}
	return e.AtOnce()
}

func (e *Exchange) accessToken() string {
	kind, token, _ := strings.Cut(e.r.Header.Get("Authorization"), " ")
	if strings.EqualFold(kind, "bearer") {
		return token
	}
	return e.cookie("access")
}

// AtOnce asks the server, which knows of a sign-out elsewhere before the access token has run out.
func (e *Exchange) AtOnce() error {
	if e.judged {
		return nil
	}
	e.judged, e.Session = true, nil
	answer, err := e.sojourn.call("GET", "/forward-auth", e.told(), nil)
	if err != nil {
		return err
	}
	e.keep(answer)
	switch answer.status {
	case 200:
		return e.admit(answer.header)
	case 401:
		return nil
	case 400, 403, 429:
		return Refused(answer.status)
	default:
		return Refused(503)
	}
}

func (e *Exchange) admit(told http.Header) error {
	subject, err := url.PathUnescape(told.Get("X-Session-Subject"))
	claims := map[string]any{}
	if err != nil || decode(told.Get("X-Session-Claims"), &claims) != nil {
		return Refused(503)
	}
	e.Session = &Session{Subject: subject, ID: told.Get("X-Session-Id"), Claims: claims}
	e.w.Header().Set("Cache-Control", "no-store")
	return nil
}

// SignIn signs somebody in whose password has been checked. The visitor's earlier session ends.
func (e *Exchange) SignIn(subject string, claims map[string]any) error {
	body := map[string]any{
		"subject": subject, "claims": claims, "amr": []string{"pwd"},
		"device": map[string]string{"userAgent": e.r.UserAgent(), "ip": e.ip()},
	}
	if earlier := e.cookie("session"); earlier != "" {
		body["replaces"] = earlier
	}
	var issued struct{ SetCookie []string }
	if err := e.sojourn.manage("POST", "/v1/sessions", body, &issued); err != nil {
		return err
	}
	e.handOut(issued.SetCookie)
	return nil
}

// SignOut ends this session, the "others" of the same person, or "all". The request has shown its CSRF token already.
func (e *Exchange) SignOut(scope string) error {
	answer, err := e.sojourn.call("POST", "/session/logout", e.told(), map[string]string{"scope": scope})
	if err != nil || answer.status != 204 {
		return Refused(503)
	}
	e.keep(answer)
	if data := answer.header.Get("Clear-Site-Data"); data != "" {
		e.w.Header().Set("Clear-Site-Data", data)
	}
	return nil
}

// Device is a session of the caller, for a list of them.
type Device struct {
	CreatedAt string
	Device    struct{ UserAgent string }
}

// Sessions are those of the caller, on all devices.
func (e *Exchange) Sessions() ([]Device, error) {
	var list struct{ Items []Device }
	err := e.sojourn.manage("GET", "/v1/sessions?subject="+url.QueryEscape(e.Session.Subject), nil, &list)
	return list.Items, err
}

// CSRFToken is for the forms of this page, as the field csrf_token or the header X-CSRF-Token.
func (e *Exchange) CSRFToken() (string, error) {
	answer, err := e.sojourn.call("GET", "/session/csrf", e.told(), nil)
	if err != nil || answer.status != 200 {
		return "", Refused(503)
	}
	e.keep(answer)
	var given struct{ CSRFToken string }
	return given.CSRFToken, json.Unmarshal(answer.body, &given)
}

// ---------------------------------------------------------------------------------------------- talking to the server

// Of what the browser sent, that which the server judges by.
var judged = []string{"Cookie", "Authorization", "Origin", "Sec-Fetch-Site", "User-Agent", "X-Background", "X-Csrf-Token"}

// The request as the browser made it, in the words of a proxy.
func (e *Exchange) told() http.Header {
	headers := http.Header{}
	for _, name := range judged {
		if values := e.r.Header.Values(name); len(values) > 0 {
			headers[name] = values
		}
	}
	if token := e.r.PostFormValue("csrf_token"); token != "" && headers.Get("X-Csrf-Token") == "" && isPrintable(token) {
		headers.Set("X-Csrf-Token", token)
	}
	headers.Set("X-Forwarded-Method", e.r.Method)
	headers.Set("X-Forwarded-Uri", e.r.URL.RequestURI())
	headers.Set("X-Forwarded-Proto", map[bool]string{true: "https", false: "http"}[e.isSecure()])
	headers.Set("X-Forwarded-Host", e.r.Host)
	headers.Set("X-Forwarded-For", e.ip())
	return headers
}

func isPrintable(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return r < '!' || r > '~' }) < 0
}

func (e *Exchange) isSecure() bool {
	return e.r.TLS != nil || (e.sojourn.BehindProxy && e.r.Header.Get("X-Forwarded-Proto") == "https")
}

func (e *Exchange) ip() string {
	host, _, _ := net.SplitHostPort(e.r.RemoteAddr)
	return host
}

func (e *Exchange) cookie(name string) string {
	if e.isSecure() {
		name = "__Host-Http-" + name
	}
	if cookie, err := e.r.Cookie(name); err == nil {
		return cookie.Value
	}
	return ""
}

func (e *Exchange) keep(a *answer) { e.handOut(a.header.Values("Set-Cookie")) }

// Of two cookies of one name the later one counts.
func (e *Exchange) handOut(lines []string) {
	if len(lines) == 0 {
		return
	}
	kept := map[string]bool{}
	all := append([]string{}, lines...)
	for _, line := range lines {
		kept[nameOf(line)] = true
	}
	for _, line := range e.w.Header().Values("Set-Cookie") {
		if !kept[nameOf(line)] {
			all = append(all, line)
		}
	}
	e.w.Header()["Set-Cookie"] = all
	e.w.Header().Set("Cache-Control", "no-store")
}

func nameOf(line string) string {
	name, _, _ := strings.Cut(line, "=")
	return name
}

func (s *Sojourn) manage(method, path string, body, into any) error {
	answer, err := s.call(method, path, http.Header{"Authorization": {"Bearer " + s.APIKey}}, body)
	if err != nil {
		return err
	}
	if answer.status != 200 && answer.status != 201 {
		return fmt.Errorf("the server answers %d", answer.status)
	}
	return json.Unmarshal(answer.body, into)
}

type answer struct {
	status int
	header http.Header
	body   []byte
}

var client = &http.Client{
	Timeout:       5 * time.Second,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

func (s *Sojourn) call(method, path string, headers http.Header, body any) (*answer, error) {
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(text)
		headers.Set("Content-Type", "application/json")
	}
	request, err := http.NewRequest(method, s.URL+path, content)
	if err != nil {
		return nil, err
	}
	request.Header = headers
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	return &answer{response.StatusCode, response.Header, text}, err
}

// keys are the server's public ones: asked for anew every five minutes, and for a name that is not known, but then not more
// than every ten seconds, whatever callers write into their tokens. If the server does not answer, those that are known
// are good for longer.
type keys struct {
	lock           sync.Mutex
	known          map[string]*ecdsa.PublicKey
	fetched, tried time.Time
}

func (k *keys) find(name string, s *Sojourn) *ecdsa.PublicKey {
	k.lock.Lock()
	defer k.lock.Unlock()
	if time.Since(k.tried) > 10*time.Second && (k.known[name] == nil || time.Since(k.fetched) > 5*time.Minute) {
		k.tried = time.Now()
		if answer, err := s.call("GET", "/.well-known/jwks.json", http.Header{}, nil); err == nil && answer.status == 200 {
			if known, err := publicKeys(answer.body); err == nil {
				k.known, k.fetched = known, time.Now()
			}
		}
	}
	return k.known[name]
}
