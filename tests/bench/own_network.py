"""A network of the benchmark's own: a loopback that no firewall of the machine looks into."""

import ctypes
import fcntl
import socket
import struct

CLONE_NEWNET = 0x40000000  # unshare(2)
SIOCGIFFLAGS, SIOCSIFFLAGS = 0x8913, 0x8914  # netdevice(7)
IFF_UP = 1
IFREQ = "16sh22x"  # name and flags, of a struct ifreq


def enter() -> bool:
    """Moves this process, and those that it starts from here on, into a network namespace with nothing but loopback.
    False, and nothing has changed, where that is not allowed."""
    libc = ctypes.CDLL(None)
    with open("/proc/self/ns/net") as before:
        if libc.unshare(CLONE_NEWNET) != 0:
            return False
        try:
            raise_loopback()
            return True
        except OSError:
            libc.setns(before.fileno(), CLONE_NEWNET)
            return False


def raise_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        found = fcntl.ioctl(any_socket, SIOCGIFFLAGS, struct.pack(IFREQ, b"lo", 0))
        (name, flags) = struct.unpack(IFREQ, found)
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack(IFREQ, name, flags | IFF_UP))
