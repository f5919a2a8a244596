"""Finds and replaces everything that must not be written down in a text, and remembers it for later texts."""

import re
import threading
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial
from itertools import accumulate, pairwise
from typing import Generic, TypeVar

from contracts_runner.late_pattern import compile_late
from contracts_runner.model.environment import RedactionMode
from contracts_runner.redaction.credentials import Credentials
from contracts_runner.redaction.detectors import classify_number, find_personal
from contracts_runner.redaction.known_values import (
    SHORT,
    KnownSpan,
    KnownValues,
    is_plain_word,
    is_true_match,
    is_whole_word,
)
from contracts_runner.redaction.mark import Mark
from contracts_runner.redaction.name_forms import NameForms
from contracts_runner.redaction.named_values import NamedValues
from contracts_runner.redaction.overtime import check_time
from contracts_runner.redaction.readings import find_encoded, is_long_enough, iter_differences, iter_other_readings
from contracts_runner.redaction.replacement import Span, is_redacted, render_personal, replace_spans
from contracts_runner.redaction.shapes import find_shapes
from contracts_runner.redaction.spelling import fold, unescape

_Key = TypeVar("_Key")
# Without one of these, no detector finds anything and nothing is escaped.
_SUSPICIOUS = re.compile(r"[@%&\\]|\*\*|••|earer|EARER|eyJ|/[0-9a-fA-F]{32}|\d(?:[^\w@\0]{0,3}\d){8}")
# RFC 3339: as many digits as a telephone number, and in some bodies most of the texts.
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)?")
_RUN = compile_late(r"[^\s\"'<>]+")
_WORDS = compile_late(r"[^\W\d_]{5,}(?:['’-][^\W\d_]+)*")
_GAP = compile_late(r",?[ \t\u00a0]{1,2}")
_PHONE_DIGITS = 10
_READINGS = 4  # of one text that hide something
_REMEMBERED = 50_000  # texts
_REMEMBERED_CHARACTERS = 8 * 1024 * 1024
_LONGEST_REPEATED = 32 * 1024  # characters of one that is worth it
# Names that are those of credentials in any interface.
_CREDENTIAL_NAMES = NamedValues({})
# Kinds whose values can be ordinary words: a name is a city too, an address may be no more than one.
_WORD_KINDS = ("name", "address")


class _Memory(Generic[_Key]):
    """What was made of texts, with the state of the finder that made it; `characters` are those of the texts."""

    def __init__(self) -> None:
        # One assignment for both: other threads read it.
        self.kept: tuple[object, dict[_Key, str]] = None, {}
        self.characters = 0


class Finder:
    """What is secret or personal in a run; safe for use from many threads."""

    def __init__(self, *, mode: RedactionMode, credentials: Credentials, key: bytes) -> None:
        self._mode = mode
        self._key = key
        self._credentials = credentials
        self._known = KnownValues()
        # What every page repeats is looked at once.
        self._met: set[tuple[str, Mark]] = set()
        self._forms: dict[tuple[str, Mark], str] = {}
        self._names = NameForms()
        self._personal: set[str] = set()
        self._public_texts: list[str] = []
        self._public_words: set[str] = set()
        self._placeholders: set[str] = set()
        self._lock = threading.Lock()
        # By (text, is loose, names), and by what `redact` takes.
        self._remembered: _Memory[tuple[str, bool, NamedValues]] = _Memory()
        self._repeated: _Memory[tuple[str, bool, NamedValues, bool]] = _Memory()

    @property
    def state(self) -> tuple[object, int, int, int]:
        """What the finder knows, as something to compare: while it is the same, a text is redacted to the same form."""
        return self._lock, len(self._met), self._names.count, self._credentials.count

    def learn(self, marked: Iterable[tuple[str, Mark]]) -> None:
        """Remember personal values with their marks; what has a recorded form already is not one."""
        pairs = list(marked)
        # Names that are known already too, and in their order: which are together shows whose they are.
        self._names.learn(value for value, mark in pairs if mark.kind == "name" and self._needs_redaction(value, mark))
        unmet = set(pairs) - self._met
        if not unmet:
            return
        fresh = [
            spelling
            for value, mark in unmet
            if mark.is_memorable(value) and self._needs_redaction(value, mark)
            for spelling in _iter_spellings(value, mark.kind)
        ]
        with self._lock:
            self._personal.update(spelling for spelling, _ in fresh)
        self._known.learn((spelling, kind) for spelling, kind in fresh if _is_recognizable(spelling))
        with self._lock:
            self._met |= unmet  # at last: another thread must not take them for known before they are

    def _needs_redaction(self, value: str, mark: Mark) -> bool:
        return bool(value) and value not in self._placeholders and not is_redacted(self._mode, mark.kind, value)

    def publish(self, texts: Iterable[str]) -> None:
        """Declare the words of texts public: a name that is such a word is not proof of a leak."""
        with self._lock:
            self._public_texts += texts

    def ignore(self, placeholders: Iterable[str]) -> None:
        """Declare texts that are placeholders of values: they are not personal."""
        with self._lock:
            self._placeholders.update(placeholders)

    def met(self) -> frozenset[tuple[str, Mark]]:
        """Return what was learned, with its marks."""
        with self._lock:
            return frozenset(self._met)

    def personal_values(self) -> frozenset[str]:
        """Return the values met, without single words that are public words too."""
        with self._lock:
            if self._personal and self._public_texts:  # most runs meet no name: reports have many words
                self._public_words |= {fold(word) for text in self._public_texts for word in _WORDS.findall(text)}
                self._public_texts.clear()
            return frozenset(value for value in self._personal if fold(value) not in self._public_words)

    def render(self, value: str, mark: Mark) -> str:
        """Return the recorded form of a value that is personal as a whole, and remember it."""
        form = self._forms.get((value, mark))
        if form is None:
            form = self._forms[value, mark] = self._render(value, mark)
        return form

    def _render(self, value: str, mark: Mark) -> str:
        if not self._needs_redaction(value, mark):
            return value
        self.learn([(value, mark)])
        return render_personal(self._mode, mark.kind, value, self._key)

    def meet(self, value: str) -> str:
        """Return the recorded form of a value that is a credential by its place, and remember it."""
        return self._credentials.meet(value)

    def redact(
        self,
        text: str,
        *,
        keeps_words: bool = False,
        named: NamedValues = _CREDENTIAL_NAMES,
        is_encoded: bool = True,
    ) -> str:
        """Replace all that is found in a text, in any spelling. `keeps_words` leaves known one-word names: where the
        spec describes a text as not personal, such a word is a city or a part of a title. `named` are the names that
        say what is beside them. `is_encoded` is False if nothing known is in a code within it."""
        if not text:
            return text
        key = text, keeps_words, named, is_encoded
        known = self._recall(self._repeated)[1]
        if key not in known:
            form = self._redact(*key)
            if len(text) > _LONGEST_REPEATED or self._recall(self._repeated)[1] is not known:
                return form
            known[key] = form
            self._repeated.characters += len(text)
        return known[key]

    def _redact(self, text: str, keeps_words: bool, named: NamedValues, is_encoded: bool) -> str:
        replace = partial(self._replace, keeps_words=keeps_words, named=named, is_encoded=is_encoded)
        text = replace(text)
        for _ in range(_READINGS):
            if (changed := self._replace_reading(text, replace)) == text:
                break
            # Run by run first: what only looks escaped elsewhere stays as it is written.
            by_runs = _RUN.sub(lambda match: self._replace_reading(match[0], replace), text)
            text = changed if by_runs == text else by_runs
        return text

    def redact_number(self, number: int) -> str | None:
        """Return the recorded form of a JSON number that is known or classified as personal, or None."""
        digits = str(number)
        secret = self._credentials.find_number(digits)
        if secret:
            return secret
        kind = self._known.label(digits) if len(digits) >= SHORT else None
        kind = kind or classify_number(number)
        return self.render(digits, Mark(kind)) if kind else None

    def redact_all(
        self, texts: Collection[str], *, loose: Collection[str], named: NamedValues = _CREDENTIAL_NAMES
    ) -> dict[str, str]:
        """Return text -> redacted text of those texts that change; `loose` ones are where nothing is described."""
        state, remembered = self._recall(self._remembered)
        keys = {text: (text, text in loose, named) for text in texts}
        unmet = [text for text, key in keys.items() if key not in remembered]
        if unmet:
            forms = self._redact_unmet(unmet, loose, named)
            if self.state != state:  # they are forms of this call only
                remembered = {key: remembered[key] for key in keys.values() if key in remembered}
            remembered.update((keys[text], forms.get(text, text)) for text in unmet)
        return {text: form for text, key in keys.items() if (form := remembered[key]) != text}

    def _recall(self, memory: "_Memory[_Key]") -> tuple[object, dict[_Key, str]]:
        """Return what the finder knows, as its state, and what was made of texts while it did: nothing, if it knows
        something else by now or the memory is full."""
        state, (known, forms) = self.state, memory.kept
        if known != state or len(forms) > _REMEMBERED or memory.characters > _REMEMBERED_CHARACTERS:
            forms = {}
            memory.kept, memory.characters = (state, forms), 0
        return state, forms

    def _redact_unmet(self, texts: list[str], loose: Collection[str], named: NamedValues) -> dict[str, str]:
        changed = {}
        suspects, is_encoded = self._find_suspects(texts, named)
        for text in suspects:
            check_time()
            redacted = self.redact(text, keeps_words=text not in loose, named=named, is_encoded=is_encoded)
            if redacted != text:
                changed[text] = redacted
        return changed

    def _find_suspects(self, texts: list[str], named: NamedValues) -> tuple[set[str], bool]:
        """Return the texts that may have to change, and whether something known is in a code within them: one search
        through all of them together, with NUL between them."""
        joined = "\0".join(texts)
        starts = [0, *accumulate(len(text) + 1 for text in texts)]
        found = self._known.find(joined)
        places = [span.start for span in found if is_true_match(joined, span.start, span.end, span.value)]
        places += [secret.start for secret in self._credentials.find(joined)]
        places += [start for start, _ in self._names.find(joined)]
        places += [start for start, _, _ in find_shapes(joined)]
        places += [start for start, _, _ in named.find(joined)]
        encoded = [start for start, _, _ in find_encoded(joined, self._look)]
        places += encoded
        suspects = {texts[bisect_right(starts, place) - 1] for place in places}
        looks = {texts[bisect_right(starts, match.start()) - 1] for match in _SUSPICIOUS.finditer(joined)}
        suspects |= {text for text in looks if not _INSTANT.fullmatch(text)}
        plain = unescape(joined)
        if any(self._look(reading) is not None for reading in iter_differences(joined, plain, "\0")):
            suspects.update(filter(self._is_read_otherwise, texts))
        return suspects, bool(encoded) or (plain != joined and any(find_encoded(plain, self._look)))

    def _look(self, text: str) -> str | None:
        """Return the recorded form of a known value in a text that stands behind another one, None without any."""
        for secret in self._credentials.find(text):
            if is_long_enough(secret.value):
                return self._credentials.render(secret.value, secret.name)
        for known in self._known.find(text):
            if is_long_enough(known.value) and is_true_match(text, known.start, known.end, known.value):
                return render_personal(self._mode, known.label, known.value, self._key)
        return None

    def _is_read_otherwise(self, text: str) -> bool:
        """Tell whether something known is in a reading of a text other than the text itself."""
        return any(self._look(reading) is not None for reading in iter_other_readings(text))

    def _replace(self, text: str, *, keeps_words: bool, named: NamedValues, is_encoded: bool) -> str:
        spans = [*self._iter_spans(text, keeps_words, named)]
        if is_encoded:
            spans += (Span(*found) for found in find_encoded(text, self._look))
        return replace_spans(text, spans)

    def _replace_reading(self, text: str, replace: Callable[[str], str]) -> str:
        """Return the reading of a text in which something is found, with that replaced; else the text itself."""
        plain = unescape(text)
        for reading in iter_other_readings(text):
            # What has a form of its own is looked for where escapes are undone only: it needs no other character set.
            if reading == plain or self._look(reading):
                redacted = replace(reading)
                if redacted != reading:
                    return redacted
        return text

    def _iter_spans(self, text: str, keeps_words: bool, named: NamedValues) -> Iterator[Span]:
        for start, end, mark in named.find(text):
            yield Span(start, end, self.render(text[start:end], mark))
        for start, end, kind in find_shapes(text):
            yield Span(start, end, self.render(text[start:end], Mark(kind)))
        for finding in find_personal(text):
            check_time()
            value = text[finding.start : finding.end]
            yield Span(finding.start, finding.end, self.render(value, Mark(finding.kind)))
        for start, end in self._names.find(text):
            yield Span(start, end, self.render(text[start:end], Mark("name")))
        words: list[KnownSpan] = []
        for known in self._known.find(text):
            is_word = known.label in _WORD_KINDS and is_plain_word(known.value)
            if is_word and known.label == "name":
                words.append(known)
            if not (is_word and keeps_words) and is_true_match(text, known.start, known.end, known.value):
                form = render_personal(self._mode, known.label, known.value, self._key)
                yield Span(known.start, known.end, form)
        for start, end in self._iter_neighbours(text, words):
            yield Span(start, end, self.render(text[start:end], Mark("name")))
        for secret in self._credentials.find(text):
            form = self._credentials.render(secret.value, secret.name)
            yield Span(secret.start, secret.end, form, is_secret=True)

    def _iter_neighbours(self, text: str, words: list[KnownSpan]) -> Iterator[tuple[int, int]]:
        """Yield (start, end) of two names of one person side by side, in whatever case."""
        ordered = sorted({(word.start, word.end) for word in words if is_whole_word(text, word.start, word.end)})
        for (start, middle), (next_start, end) in pairwise(ordered):
            is_beside = _GAP.fullmatch(text, middle, next_start) is not None
            if is_beside and self._names.are_one_person(text[start:middle], text[next_start:end]):
                yield start, end


def _is_recognizable(value: str) -> bool:
    """Tell whether a value can be recognised away from its place: single characters and short numbers cannot."""
    return len(value) >= (SHORT if value.isdigit() else 2) and any(map(str.isalnum, value))


def _iter_spellings(value: str, kind: str) -> Iterator[tuple[str, str]]:
    yield value, kind
    if kind == "phone":
        digits = "".join(character for character in value if character in "0123456789")
        if digits != value and len(digits) >= _PHONE_DIGITS:
            yield digits, kind
