"""Opens the socket a server listens on. A busy port is a sentence, not a traceback."""

import errno
import socket


class CannotListen(Exception):
    """The address cannot be listened on; the sentence says why and what to do."""


def listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=_family(host), backlog=2048)
    except OSError as error:
        raise CannotListen(_sentence(host, port, error)) from error


def adopt(fileno: int) -> socket.socket:
    """A socket that another process opened and passed on."""
    try:
        return socket.socket(fileno=fileno)
    except OSError as error:
        raise CannotListen(f"File descriptor {fileno} is no socket to listen on.") from error


def address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _sentence(host: str, port: int, error: OSError) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return f"Port {port} on {host} is in use: stop what uses it, or choose another one."
        case errno.EACCES:
            return f"Port {port} needs more rights than this user has: choose one above 1023."
        case _:
            return f"Cannot listen on {host}, port {port}: {error.strerror or error}."
