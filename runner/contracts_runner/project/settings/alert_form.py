"""The form of `alerts:` of a watch: who is told when a cause comes or goes (docs/design.md, Watching)."""

from urllib.parse import urlsplit

from contracts_runner.model.watch import Channel, Command, Notification, Webhook
from contracts_runner.project.settings.warehouse_form import FILE, read_secret
from contracts_runner.reading.declarations import Form, Key, Reader, Scalar
from contracts_runner.reading.forms import Value
from contracts_runner.reading.readers import TEXT, items, mapping
from contracts_runner.reading.variables import MissingVariable

# The address, or None and the name of the variable that would hold it.
_Found = tuple[str | None, str]


def _read_webhook(value: Value) -> _Found | None:
    if isinstance(value.value, MissingVariable):
        return None, value.value.name
    text = read_secret(value)
    if text is None:
        return None
    try:
        url = urlsplit(text)
        is_fit = url.scheme in ("http", "https") and bool(url.hostname) and "@" not in url.netloc and url.port != 0
    except ValueError:
        is_fit = False
    if not is_fit:
        # Not quoted: it may hold a secret.
        value.report(f"{value.name} is not a URL without a user; write one such as https://hooks.example.com/contracts")
        return None
    return text, ""


def _read_service(value: Value) -> _Found | None:
    if isinstance(value.value, MissingVariable):
        return None, value.value.name
    text = read_secret(value)
    if text is not None and "://" not in text:
        value.report(f"{value.name} is not a URL of Apprise; write one such as mailtos://$USER:$PASSWORD@example.com")
        return None
    return None if text is None else (text, "")


_KINDS = ("webhook", "notify", "command")
_NEEDS_WEBHOOK = [{"required": ["headers"]}, {"required": ["ca_bundle"]}]


class AlertForm(
    Form,
    rules={
        "oneOf": [
            {"required": ["webhook"]},
            *({"required": [kind], "not": {"anyOf": _NEEDS_WEBHOOK}} for kind in _KINDS[1:]),
        ]
    },
):
    """Who is told when a cause comes or goes: one of `webhook`, `notify`, `command`."""

    noun = "an alert"
    webhook = Key(
        Reader(
            _read_webhook,
            Scalar(type="string", pattern=r"^[hH][tT][tT][pP][sS]?://[^\s/?#@]+([/?#].*)?$"),
            "URL",
        ),
        "Gets each alert as JSON, by POST; best as $NAME.",
        example="https://hooks.example.com/contracts",
    )
    headers = Key(mapping(TEXT), "Headers of the webhook's requests.", example="{Authorization: $ALERT_TOKEN}")
    ca_bundle = Key(FILE, "File of certificates to trust for the webhook.", example="certificates/hooks.pem")
    notify = Key(
        Reader(_read_service, Scalar(type="string", pattern="^.*://"), "URL of Apprise"),
        "A service of Apprise (extra `alerts`), such as e-mail; best as $NAME.",
        example="mailtos://mail.example.com?from=contracts@example.com&to=user@example.com",
    )
    command = Key(
        items(TEXT),
        "A program and its arguments, which gets each alert on its standard input; started in the project's folder.",
        example="[scripts/page_somebody]",
    )


def _build_channel(form: AlertForm) -> Channel | None:
    keys = [key for key in (AlertForm.webhook, AlertForm.notify, AlertForm.command) if key in form]
    if len(keys) != 1:
        form.place.report(f"an alert needs one of the keys {', '.join(_KINDS)}")
        return None
    if AlertForm.webhook not in form:
        for key in (AlertForm.headers, AlertForm.ca_bundle):
            if key in form:
                form.at(key).report(f"{key.name!r} is for a webhook")
    if form.webhook:
        url, missing = form.webhook
        return Webhook(url=url, missing=missing, headers=form.headers or {}, ca_bundle=form.ca_bundle)
    if form.notify:
        url, missing = form.notify
        return Notification(url=url, missing=missing)
    return Command(words=form.command) if form.command else None


_ALERT: Reader[Channel] = AlertForm.reader().then(_build_channel)
ALERTS = items(_ALERT)
