"""The address of a network interface of this node, which the pod shares (hostNetwork)."""
import fcntl
import ipaddress
import socket
import struct

GET_ADDRESS = 0x8915  # SIOCGIFADDR
LONGEST_NAME = 15
GLOBAL_SCOPE = "00"
IPV6_ADDRESSES = "/proc/net/if_inet6"


def address_of_interface(name):
    """Its IPv4 address, else its global IPv6 address, else None."""
    return ipv4_of(name) or ipv6_of(name)


def ipv4_of(name):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        try:
            request = struct.pack("256s", name.encode()[:LONGEST_NAME])
            return socket.inet_ntoa(fcntl.ioctl(any_socket, GET_ADDRESS, request)[20:24])
        except OSError:
            return None


def ipv6_of(name):
    try:
        with open(IPV6_ADDRESSES, encoding="ascii") as file:
            for line in file:
                address, _, _, scope, _, interface = line.split()
                if interface == name and scope == GLOBAL_SCOPE:
                    return str(ipaddress.IPv6Address(int(address, 16)))
    except (OSError, ValueError):
        pass
    return None
