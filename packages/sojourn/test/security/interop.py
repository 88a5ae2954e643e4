"""What three Python libraries make of our tokens, and tokens of theirs: one JSON document in, one out.

In:  {"issuer", "audience", "now", "tokens": [{"alg", "token", "jwk"}]}
Out: {"verified": [{"library", "alg", "claims"}], "minted": [{"library", "alg", "token", "jwk"}]}
"""

import json
import sys
import warnings

warnings.simplefilter("ignore")

import jwt
from authlib.jose import JsonWebToken, OKPKey
from authlib.jose import ECKey, RSAKey
from jwcrypto import jwk as jwcrypto_jwk
from jwcrypto import jwt as jwcrypto_jwt

asked = json.load(sys.stdin)
issuer, audience, now = asked["issuer"], asked["audience"], asked["now"]


def with_pyjwt(alg, token, jwk):
    key = jwt.PyJWK(jwk, algorithm=alg).key
    return jwt.decode(token, key, algorithms=[alg], audience=audience, issuer=issuer)


def with_jwcrypto(alg, token, jwk):
    key = jwcrypto_jwk.JWK(**jwk)
    told = jwcrypto_jwt.JWT(jwt=token, key=key, algs=[alg], check_claims={"iss": issuer, "aud": audience})
    return json.loads(told.claims)


def with_authlib(alg, token, jwk):
    wanted = {"iss": {"value": issuer}, "aud": {"value": audience}}
    claims = JsonWebToken([alg]).decode(token, authlib_key(jwk), claims_options=wanted)
    claims.validate(now=now)
    return dict(claims)


def authlib_key(jwk):
    kinds = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
    return kinds[jwk["kty"]].import_key(jwk)


def private_jwk(alg, kid):
    if alg in ("RS256", "PS256"):
        made = jwcrypto_jwk.JWK.generate(kty="RSA", size=2048)
    elif alg == "ES256":
        made = jwcrypto_jwk.JWK.generate(kty="EC", crv="P-256")
    else:
        made = jwcrypto_jwk.JWK.generate(kty="OKP", crv="Ed25519")
    return {**made.export(private_key=True, as_dict=True), "kid": kid, "alg": alg, "use": "sig"}


def mint(library, alg):
    secret = private_jwk(alg, f"{library}-{alg}")
    header = {"alg": alg, "typ": "at+jwt", "kid": secret["kid"]}
    claims = {**asked["claims"], "iss": issuer, "aud": audience, "iat": now, "exp": now + 300}
    if library == "PyJWT":
        key = jwt.PyJWK(secret, algorithm=alg).key
        token = jwt.encode(claims, key, algorithm=alg, headers=header)
    elif library == "jwcrypto":
        made = jwcrypto_jwt.JWT(header=header, claims=claims, algs=[alg])
        made.make_signed_token(jwcrypto_jwk.JWK(**secret))
        token = made.serialize()
    else:
        token = JsonWebToken([alg]).encode(header, claims, authlib_key(secret)).decode()
    public = {name: value for name, value in secret.items() if name not in ("d", "p", "q", "dp", "dq", "qi")}
    return {"library": library, "alg": alg, "token": token, "jwk": public}


libraries = {"PyJWT": with_pyjwt, "jwcrypto": with_jwcrypto, "Authlib": with_authlib}
json.dump(
    {
        "verified": [
            {"library": name, "alg": given["alg"], "claims": verify(given["alg"], given["token"], given["jwk"])}
            for name, verify in libraries.items()
            for given in asked["tokens"]
        ],
        "minted": [mint(name, given["alg"]) for name in libraries for given in asked["tokens"]],
    },
    sys.stdout,
)
