"""A shelf of files: WsgiDAV, a WebDAV server, as it comes from PyPI, with one user and a folder of its own."""

from tempfile import TemporaryDirectory
from typing import Any

from wsgidav.wsgidav_app import WsgiDAVApp


class Shelf(WsgiDAVApp):
    """The application; its folder ends with it."""

    def __init__(self) -> None:
        self._folder = TemporaryDirectory()
        config: dict[str, Any] = {
            "provider_mapping": {"/": self._folder.name},
            "simple_dc": {"user_mapping": {"*": {"reader": {"password": "sandbox-password"}}}},
            "http_authenticator": {"accept_basic": True, "accept_digest": True, "default_to_digest": False},
            "verbose": 1,
        }
        super().__init__(config)
