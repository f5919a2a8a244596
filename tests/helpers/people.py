"""Invented people in Russian and English, and records about things that are nobody's, by Faker."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Person:
    """`number` is the national number of `phone`, ten digits."""

    name: str
    surname: str
    email: str
    phone: str
    number: str
    address: str
    card: str
    token: str
    ticket: str

    @property
    def record(self) -> dict[str, str]:
        """The person as the fields of a described object; all of them are marked."""
        names = ("name", "surname", "email", "phone", "address", "card", "token", "ticket")
        return {name: getattr(self, name) for name in names}


_PHONES = (
    "+7{}{}{}{}",
    "+7 ({}) {}-{}-{}",
    "+7 {} {} {} {}",
    "+7-{}-{}-{}-{}",
    "8{}{}{}{}",
    "8 ({}) {}-{}-{}",
    "8 {} {}-{}-{}",
    "8-{}-{}-{}-{}",
    "7{}{}{}{}",
    "+7({}){}{}{}",
    "8\u00a0{}\u00a0{}\u2013{}\u2013{}",
    "8.{}.{}.{}.{}",
)


def iter_people(faker: Any, count: int, *, seed: int) -> Iterator[Person]:
    """Yield people, every other one Russian; `faker` is the module."""
    chance = random.Random(seed)
    sources = [faker.Faker("ru_RU"), faker.Faker("en_US")]
    for source in sources:
        source.seed_instance(seed)
    for index in range(count):
        source = sources[index % 2]
        digits = f"9{chance.choice('0123456789')}{chance.randrange(10**8):08d}"
        local = source.user_name()
        yield Person(
            name=source.first_name(),
            surname=source.last_name(),
            email=f"{local}{index}@{source.free_email_domain() if index % 3 else source.domain_name()}",
            phone=chance.choice(_PHONES).format(digits[:3], digits[3:6], digits[6:8], digits[8:]),
            number=digits,
            address=source.address().replace("\n", ", "),
            card=source.credit_card_number(chance.choice(["visa", "mastercard", "amex"])),
            token=source.sha1(),
            ticket=f"https://tickets.example/ticket/pdf/{source.pystr(10, 10)}/{source.md5()}",
        )


def iter_sentences(person: Person) -> Iterator[str]:
    """Yield what people and services write about a person where no schema says so."""
    yield f"Перезвонить: {person.phone}, спросить {person.surname} {person.name}"
    yield f"{person.name} {person.surname} <{person.email}> asked for a refund to {person.card}"
    yield f"contact={person.email};tel={person.phone};card={person.card}"
    yield f"билет {person.ticket} отправлен на {person.email.upper()}"
    yield f"Traceback: ValueError: duplicate key ({person.surname}, {person.name}) {person.email}"
    yield f"curl -H 'Authorization: Bearer {person.token}' 'https://x.example/?email={person.email}'"
    yield f"SELECT 1 WHERE phone = '{person.phone}' AND email = '{person.email}'"


def iter_things(faker: Any, count: int, *, seed: int) -> Iterator[dict[str, Any]]:
    """Yield records without personal data, made of what is easily taken for it."""
    chance = random.Random(seed)
    sources = [faker.Faker("ru_RU"), faker.Faker("en_US")]
    for source in sources:
        source.seed_instance(seed)
    for index in range(count):
        yield _make_thing(sources[index % 2], chance, index)


def _make_thing(source: Any, chance: random.Random, index: int) -> dict[str, Any]:
    number: Callable[[int], str] = lambda digits: str(chance.randrange(10 ** (digits - 1), 10**digits))  # noqa: E731
    return {
        "id": 10**7 + index,
        "order_number": number(chance.choice([6, 8, 9, 10])),
        "barcode": "46" + number(11),
        "ean": source.ean13(),
        "isbn": source.isbn13(),
        "uuid": str(source.uuid4()),
        "hash": source.md5(),
        "commit": source.sha1()[:12],
        "created_at": source.iso8601(),
        "created": source.date_time().strftime("%d.%m.%Y %H:%M:%S"),
        "stamp": chance.randrange(10**9, 2 * 10**9),
        "stamp_ms": chance.randrange(10**12, 2 * 10**12),
        "stamp_us": str(chance.randrange(10**15, 2 * 10**15)),
        "price": f"{chance.randrange(100, 99999)}.{chance.randrange(100):02d}",
        "total": round(chance.uniform(1, 10**6), 2),
        "inn": number(chance.choice([10, 12])),
        "ogrn": "1" + number(12),
        "account": "40702810" + number(12),
        "seat": f"CENTER_PARTERRE-{chance.randrange(1, 40)};{chance.randrange(1, 60)}",
        "version": f"{chance.randrange(20)}.{chance.randrange(50)}.{chance.randrange(100)}",
        "ip": source.ipv4(),
        "position": f"{source.latitude()}, {source.longitude()}",
        "title": source.catch_phrase(),
        "text": source.sentence(12),
        "url": f"https://{source.domain_name()}/events/{chance.randrange(10**6)}?page={chance.randrange(9)}&per=50",
        "image": f"/img/poster@2x.png?v={number(10)}",
        "range": f"{chance.randrange(1000, 2000)}-{chance.randrange(2000, 3000)}",
        "city": source.city(),
        "phone_code": "+7",
        "handle": "@theatre",
        "stars": "*** лучшее ***",
    }
