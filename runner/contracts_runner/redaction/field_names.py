"""Which names say that the value beside them opens something: passwords, keys, tokens, in whatever convention."""

import re
from functools import lru_cache

from contracts_runner.late_pattern import compile_late

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_A-Za-z]+")
_NOUNS = (
    *("passw(?:or)?ds?", "pass ?phrase", "pass ?code", "pwd", "secrets?(?: id)?", "credentials?", "bearer"),
    # In the languages of the services that are asked most.
    *(
        "парол[ья]",
        "секрет",
        "токен",
        "passwort",
        "kennwort",
        "contrasena",
        "senha",
        "mot de passe",
        "mnemonic",
        "seed phrase",
    ),
    *(
        "authorization",
        "(?:set )?cookies?2?",
        "jwt",
        "t?otp",
        "cvv2?",
        "cvc2?",
        "sid",
        "(?:c|x)srf",
        r"\w*sess(?:ion)?id",
    ),
    "(?:api|app|access|consumer|private|priv|ssh|secret|signing|encryption|decryption|auth|master|hmac|account|shared)"
    " ?keys?",
    "session ?(?:id|key)",
    "(?:auth|authorization|verification|security|activation|reset|sms|otp|pin|device|recovery|backup) ?codes?",
    *("code verifier", "client assertion", "o?auth verifier"),
)
# What is said of the value: `password_hash`, `newPassword2`.
_FORMS = (
    "(?:hash|hashed|digest|salt|encrypted|enc|plain|raw|value|text|base(?:64)?|b64|hex|old|new|current|previous"
    "|confirm|confirmation|repeat|again|[0-9]+)"
)
_SECRET = re.compile(rf"(?:.* )?(?:{'|'.join(_NOUNS)})(?: {_FORMS})*")
_TOKEN = re.compile(rf"(?:(?P<before>.*) )?\w*?tokens?(?: {_FORMS})*")
# Tokens that open nothing: where a listing goes on, and what language models count.
_HARMLESS = compile_late(
    r"(?:.* )?(?:page|next|prev|previous|continuation|cursor|sync|skip|start|end|first|last|paging|pagination"
    r"|max|min|total|num|count|input|output|prompt|completion|stop)"
)
# What a query or a fragment carries for a redirect, or because it is signed; `code` and its like are other things, too.
_IN_URL = re.compile(r"(?:.* )?(?:sig|signature|credential)|(?:aws|google) ?access ?(?:key ?)?id|policy")
_PERHAPS_IN_URL = re.compile(r"code|key|auth|ticket|hash|hmac|assertion|saml ?response")


def _split(name: str) -> str:
    return " ".join(_WORD.findall(name[:100])).lower()


@lru_cache(maxsize=1 << 14)
def is_credential_field(name: str) -> bool:
    """Tell whether a field's name says that its value is a password, key or token."""
    words = _split(name)
    if _SECRET.fullmatch(words):
        return True
    token = _TOKEN.fullmatch(words)
    return token is not None and not _HARMLESS.fullmatch(token["before"] or "")


@lru_cache(maxsize=1 << 10)
def is_credential_parameter(name: str, value: str) -> bool:
    """Tell whether a parameter within a link is a credential that no field of a body would be, such as a signature."""
    words = _split(name)
    return bool(_IN_URL.fullmatch(words) or (_PERHAPS_IN_URL.fullmatch(words) and looks_like_token(value)))


def looks_like_token(value: str) -> bool:
    """Tell whether a value is no word, number or date: letters and digits in one, or longer than words are."""
    if len(value) < 8 or not re.search(r"[A-Za-z]", value):
        return False
    return any(map(str.isdigit, value)) or (len(value) >= 20 and " " not in value)
