"""The bytes of a request that arrived, taken apart."""

from dataclasses import dataclass, field


@dataclass
class RawRequest:
    """The bytes of a request, taken apart."""

    data: bytes
    method: str = field(init=False)
    target: str = field(init=False)
    headers: list[tuple[str, str]] = field(init=False)
    body: bytes = field(init=False)

    def __post_init__(self) -> None:
        head, _, self.body = self.data.partition(b"\r\n\r\n")
        first, *lines = head.decode("utf-8").split("\r\n")
        self.method, self.target, _ = first.split(" ")
        self.headers = [(name, value.strip(" ")) for name, _, value in (line.partition(":") for line in lines)]

    def header(self, name: str) -> str:
        """Return the value of a header, "" without one."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")
