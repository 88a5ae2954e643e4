package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/big"
	"strings"
	"time"
)

var errToken = errors.New("the access token is not accepted")

// What of an access token (RFC 9068) is not the session's own.
var registered = strings.Fields("iss sub aud client_id iat exp nbf jti sid gen ver auth_time amr acr")

// verify reads an access token that is good: signed with ES256 by a key of the server, for us, and not run out.
func verify(token string, key func(name string) *ecdsa.PublicKey, issuer string, now time.Time) (*Session, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 || len(token) > 8192 {
		return nil, errToken
	}
	var header struct{ Alg, Typ, Kid string }
	if decode(parts[0], &header) != nil || header.Alg != "ES256" || header.Typ != "at+jwt" {
		return nil, errToken
	}
	signature, err := base64.RawURLEncoding.Strict().DecodeString(parts[2])
	if err != nil || len(signature) != 64 {
		return nil, errToken
	}
	public := key(header.Kid)
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	// The two numbers of a JOSE signature stand side by side (RFC 7518 §3.4).
	r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
	if public == nil || !ecdsa.Verify(public, digest[:], r, s) {
		return nil, errToken
	}
	var said struct {
		Iss, Aud, Sub, Sid string
		Exp                int64
	}
	claims := map[string]any{}
	if decode(parts[1], &said) != nil || decode(parts[1], &claims) != nil {
		return nil, errToken
	}
	if said.Iss != issuer || said.Aud != issuer || said.Exp <= now.Unix() || said.Sub == "" || said.Sid == "" {
		return nil, errToken
	}
	for _, name := range registered {
		delete(claims, name)
	}
	return &Session{Subject: said.Sub, ID: said.Sid, Claims: claims}, nil
}

func decode(part string, into any) error {
	text, err := base64.RawURLEncoding.Strict().DecodeString(part)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}

// publicKeys reads a JWK set (RFC 7517); what is no key for ES256 is left out.
func publicKeys(document []byte) (map[string]*ecdsa.PublicKey, error) {
	var set struct {
		Keys []struct{ Kty, Crv, Alg, Kid, X, Y string }
	}
	if err := json.Unmarshal(document, &set); err != nil {
		return nil, err
	}
	keys := map[string]*ecdsa.PublicKey{}
	for _, key := range set.Keys {
		x, errX := base64.RawURLEncoding.DecodeString(key.X)
		y, errY := base64.RawURLEncoding.DecodeString(key.Y)
		public := &ecdsa.PublicKey{Curve: elliptic.P256(), X: new(big.Int).SetBytes(x), Y: new(big.Int).SetBytes(y)}
		if key.Alg == "ES256" && key.Crv == "P-256" && errX == nil && errY == nil && public.Curve.IsOnCurve(public.X, public.Y) {
			keys[key.Kid] = public
		}
	}
	return keys, nil
}
