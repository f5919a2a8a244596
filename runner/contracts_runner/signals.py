"""The signals that ask a process to end: SIGINT, and where they exist SIGTERM and SIGHUP."""

import signal

_OTHERS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))


def end_as_by_ctrl_c() -> None:
    """Let the other signals raise KeyboardInterrupt too. One that is ignored (nohup) stays ignored."""
    for number in _OTHERS:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)


def leave_to_parent() -> None:
    """Ignore them in a process whose parent ends it: they reach the whole group (Ctrl-C, a closed terminal, a service
    manager), and the parent decides when it is time to stop."""
    for number in (signal.SIGINT, *_OTHERS):
        signal.signal(number, signal.SIG_IGN)
