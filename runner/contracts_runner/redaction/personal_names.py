"""Names of columns under which personal data is usually kept, in English, Russian and transliterated."""

import re

_WORD = re.compile(r"[A-ZА-ЯЁ]+(?![a-zа-яё])|[A-ZА-ЯЁ]?[a-zа-яё]+|[^\W\d_]+")
# A sequence of words that occurs in the name -> what it is.
_KINDS = {
    "e-mail address": "email|e mail|mail|почта|pochta",
    "phone number": "phones?|telephone|tel|mobile|cell|msisdn|whatsapp|fax|телефон|telefon|мобильный",
    "name of a person": (
        "(?:first|last|middle|full|given|family|maiden|sur|person|client|customer|buyer|user|owner|holder|guest|member"
        "|employee|manager|contact|author|driver|patient|student|sender|recipient|receiver|cardholder) ?names?"
        "|surname|firstname|lastname|fullname|username|patronymic|nickname|fio|фио|фамилия|имя|отчество"
        "|familiya|imya|otchestvo|login|логин"
    ),
    "postal address": "address(?:es)?|addr|street|house|apartment|zip|zipcode|postcode|postal|адрес|улица|adres",
    "date of birth": "birth|birthday|birthdate|dob|born|рождения|рождение|др",
    "document number": "passports?|паспорт|snils|снилс|inn|инн|ssn|nin|licen[cs]e|driver license|tax id|pesel|iin",
    "card or account": "cards?|pan|iban|cvv|cvc|карта|карты|bank account|account number|счёт|счет",
    "credential": "passwords?|passwd|pwd|secrets?|tokens?|пароль|api key|apikey|auth",
    "network address": "ip|ipv4|ipv6|ip addr",
    "place": "lat|latitude|lon|lng|longitude|geo|geolocation|coordinates?",
}
_PERSONAL = {kind: re.compile(rf"(?:.* )?(?:{words})(?: .*)?") for kind, words in _KINDS.items()}
# Texts in which anything may stand.
_FREE = re.compile(
    r"(?:.* )?(?:payload|json|raw|body|comments?|messages?|notes?|texts?|description|details|query|data|комментарий"
    r"|сообщение|примечание)(?: .*)?"
)


def find_personal_kind(name: str) -> str:
    """Return what a column of that name usually holds of persons, "" for others."""
    words = _split(name)
    return next((kind for kind, pattern in _PERSONAL.items() if pattern.fullmatch(words)), "")


def is_free_text(name: str) -> bool:
    """Return whether a column of that name usually holds what somebody wrote, or sent."""
    return _FREE.fullmatch(_split(name)) is not None


def _split(name: str) -> str:
    return " ".join(_WORD.findall(name)).lower()
