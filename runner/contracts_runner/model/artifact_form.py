"""How the artifacts of a run are kept."""

from enum import StrEnum


class ArtifactForm(StrEnum):
    """`files`: a file each; `packed`: all in one; `failed`: a file for what did not pass, the others in one."""

    FILES = "files"
    PACKED = "packed"
    FAILED = "failed"
