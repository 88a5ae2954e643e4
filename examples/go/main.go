// A small Go application that leaves its sessions to Sojourn. It has the users; who is signed in it asks sojourn.go.
package main

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"html/template"
	"log"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
)

// As many as OWASP asks for, unless somebody is in a hurry.
var rounds, _ = strconv.Atoi(env("PASSWORD_ROUNDS", "600000"))

// Yours are in a database, and their passwords under argon2id (golang.org/x/crypto/argon2): the standard library of Go 1.19
// has neither that nor PBKDF2, which is a few lines.
type user struct{ salt, hash, role string }

var (
	users  = map[string]user{"ada": newUser("analytical engine", "admin"), "grace": newUser("first compiler", "member")}
	nobody = newUser("", "")
	notes  sync.Map
)

func main() {
	sojourn := &Sojourn{
		URL:         env("SOJOURN_URL", "http://localhost:3000"),
		Issuer:      env("SOJOURN_ISSUER", "http://localhost:3000"),
		APIKey:      os.Getenv("SOJOURN_API_KEY"),
		BehindProxy: os.Getenv("BEHIND_PROXY") == "1",
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/", only("GET", home))
	mux.HandleFunc("/sign-in", signIn)
	mux.HandleFunc("/account", only("GET", signedIn(account)))
	mux.HandleFunc("/note", only("POST", signedIn(writeNote)))
	mux.HandleFunc("/devices", only("GET", signedInNow(devices)))
	mux.HandleFunc("/sign-out", only("POST", signOut("this")))
	mux.HandleFunc("/sign-out-everywhere", only("POST", signedIn(signOut("all"))))
	mux.HandleFunc("/api/me", only("GET", signedIn(me)))
	address := "localhost:" + env("PORT", "8080")
	log.Printf("listening on http://%s", address)
	log.Fatal(http.ListenAndServe(address, sojourn.Wrap(mux)))
}

func home(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/" {
		http.NotFound(w, r)
		return
	}
	page(w, "home", Of(r).Session)
}

type form struct{ Token, ReturnTo, Fault string }

func signIn(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case "GET":
		signInForm(w, r, form{ReturnTo: r.URL.Query().Get("return_to")})
	case "POST":
		name, returnTo := r.PostFormValue("name"), r.PostFormValue("return_to")
		known, isKnown := users[name]
		if !isKnown {
			// The same work for a name that nobody has, so that the time tells nothing.
			known = nobody
		}
		if !known.has(r.PostFormValue("password")) || !isKnown {
			signInForm(w, r, form{ReturnTo: returnTo, Fault: "Name or password is wrong."})
			return
		}
		if err := Of(r).SignIn(name, map[string]any{"role": known.role}); err != nil {
			Fail(w, err)
			return
		}
		if !isOwn(returnTo) {
			returnTo = "/"
		}
		seeOther(w, returnTo)
	default:
		http.Error(w, "Method not allowed", http.StatusMethodNotAllowed)
	}
}

func signInForm(w http.ResponseWriter, r *http.Request, with form) {
	token, err := Of(r).CSRFToken()
	if err != nil {
		Fail(w, err)
		return
	}
	with.Token = token
	if with.Fault != "" {
		w.WriteHeader(http.StatusUnauthorized)
	}
	page(w, "sign-in", with)
}

// A path of ours. Browsers take // and /\ for the beginning of another host, and skip control characters.
func isOwn(path string) bool {
	return strings.HasPrefix(path, "/") && !strings.HasPrefix(path, "//") && !strings.HasPrefix(path, `/\`) && isPrintable(path)
}

func account(w http.ResponseWriter, r *http.Request) {
	token, err := Of(r).CSRFToken()
	if err != nil {
		Fail(w, err)
		return
	}
	note, _ := notes.Load(Of(r).Session.Subject)
	page(w, "account", map[string]any{"Session": Of(r).Session, "Note": note, "Token": token})
}

func writeNote(w http.ResponseWriter, r *http.Request) {
	notes.Store(Of(r).Session.Subject, r.PostFormValue("note"))
	seeOther(w, "/account")
}

func devices(w http.ResponseWriter, r *http.Request) {
	sessions, err := Of(r).Sessions()
	if err != nil {
		Fail(w, err)
		return
	}
	page(w, "devices", sessions)
}

func signOut(scope string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := Of(r).SignOut(scope); err != nil {
			Fail(w, err)
			return
		}
		seeOther(w, "/")
	}
}

func me(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	session := Of(r).Session
	_ = json.NewEncoder(w).Encode(map[string]any{"subject": session.Subject, "role": session.Claims["role"]})
}

// ---------------------------------------------------------------------------------------------- guards

func only(method string, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method != method && !(method == "GET" && r.Method == "HEAD") {
			http.Error(w, "Method not allowed", http.StatusMethodNotAllowed)
			return
		}
		next(w, r)
	}
}

func signedIn(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		isPage := r.Method == "GET" && strings.Contains(r.Header.Get("Accept"), "text/html")
		switch {
		case Of(r).Session != nil:
			next(w, r)
		case isPage:
			seeOther(w, "/sign-in?return_to="+url.QueryEscape(r.URL.RequestURI()))
		default:
			Fail(w, Refused(http.StatusUnauthorized))
		}
	}
}

func signedInNow(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := Of(r).AtOnce(); err != nil {
			Fail(w, err)
			return
		}
		signedIn(next)(w, r)
	}
}

func seeOther(w http.ResponseWriter, path string) {
	w.Header().Set("Location", path)
	w.WriteHeader(http.StatusSeeOther)
}

// ---------------------------------------------------------------------------------------------- passwords and pages

func newUser(password, role string) user {
	salt := make([]byte, 16)
	if _, err := rand.Read(salt); err != nil {
		log.Fatal(err)
	}
	return user{string(salt), pbkdf2(password, string(salt)), role}
}

func (u user) has(password string) bool {
	return hmac.Equal([]byte(u.hash), []byte(pbkdf2(password, u.salt)))
}

// PBKDF2 (RFC 8018 §5.2) with HMAC-SHA-256, one block.
func pbkdf2(password, salt string) string {
	mac := hmac.New(sha256.New, []byte(password))
	mac.Write([]byte(salt))
	mac.Write(binary.BigEndian.AppendUint32(nil, 1))
	block := mac.Sum(nil)
	sum := append([]byte{}, block...)
	for round := 1; round < rounds; round++ {
		mac.Reset()
		mac.Write(block)
		block = mac.Sum(block[:0])
		for index := range sum {
			sum[index] ^= block[index]
		}
	}
	return string(sum)
}

func page(w http.ResponseWriter, name string, with any) {
	if err := pages.ExecuteTemplate(w, name, with); err != nil {
		log.Print(err)
	}
}

var pages = template.Must(template.ParseFiles("pages.html"))

func env(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}
