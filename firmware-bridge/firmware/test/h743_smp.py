"""The host's side of the line: SMP over serial frames (docs/spec/board.md, sections 1 and 2) and what it needs of CBOR."""

import base64
import binascii
import struct

FIRST, FURTHER, LINE_BYTES = b"\x06\x09", b"\x04\x14", 93


def cbor_head(major, number):
    if number < 24:
        return bytes([major << 5 | number])
    size = next(bits for bits in (8, 16, 32, 64) if number < 1 << bits)
    return bytes([major << 5 | {8: 24, 16: 25, 32: 26, 64: 27}[size]]) + number.to_bytes(size // 8, "big")


def encode(value):
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        return cbor_head(0, value)
    if isinstance(value, bytes):
        return cbor_head(2, len(value)) + value
    if isinstance(value, str):
        return cbor_head(3, len(value.encode())) + value.encode()
    return cbor_head(5, len(value)) + b"".join(encode(part) for pair in value.items() for part in pair)


def decode(data):
    """@returns the value, and what follows it"""
    major, low, rest = data[0] >> 5, data[0] & 31, data[1:]
    if major == 7:
        return {20: False, 21: True, 22: None}[low], rest
    if low == 31:
        return decode_open(major, rest)
    if low >= 24:
        size = 1 << low - 24
        low, rest = int.from_bytes(rest[:size], "big"), rest[size:]
    if major < 2:
        return (low if major == 0 else -1 - low), rest
    if major < 4:
        return (rest[:low] if major == 2 else rest[:low].decode()), rest[low:]
    items = []
    for _ in range(low if major == 4 else 2 * low):
        item, rest = decode(rest)
        items.append(item)
    return collect(major, items), rest


def decode_open(major, rest):
    items = []
    while rest[0] != 0xFF:
        item, rest = decode(rest)
        items.append(item)
    return collect(major, items), rest[1:]


def collect(major, items):
    return items if major == 4 else dict(zip(items[::2], items[1::2]))


def pack(message):
    """A message as lines for the wire."""
    packet = struct.pack(">H", len(message) + 2) + message + struct.pack(">H", binascii.crc_hqx(message, 0))
    parts = [packet[at : at + LINE_BYTES] for at in range(0, len(packet), LINE_BYTES)]
    return b"".join((FURTHER if i else FIRST) + base64.b64encode(part) + b"\n" for i, part in enumerate(parts))


def unpack(wire):
    """The last whole packet in these bytes, or None."""
    packet, found = b"", None
    for line in wire.split(b"\n")[:-1]:
        if line[:2] not in (FIRST, FURTHER):
            continue
        packet = (b"" if line[:2] == FIRST else packet) + base64.b64decode(line[2:])
        if len(packet) > 2 and len(packet) == 2 + struct.unpack_from(">H", packet)[0]:
            found = packet
    if found is None:
        return None
    message = found[2:-2]
    if binascii.crc_hqx(message, 0) != struct.unpack(">H", found[-2:])[0]:
        raise ValueError("a wrong checksum from the board")
    return message


class Client:
    """Asks the firmware on a machine, and runs it until it has answered."""

    def __init__(self, machine):
        self.machine = machine
        self.sequence = 0

    def ask(self, operation, group, command, body, us_max=30_000_000):
        self.sequence = self.sequence + 1 & 0xFF
        payload = encode(body)
        self.machine.sent.clear()
        self.machine.line.extend(
            pack(struct.pack(">BBHHBB", operation | 1 << 3, 0, len(payload), group, self.sequence, command) + payload)
        )
        if not self.machine.run(lambda: unpack(self.machine.sent) is not None, us_max):
            raise TimeoutError(f"no answer to command {command} of group {group}")
        message = unpack(self.machine.sent)
        if message[6] != self.sequence or message[0] & 7 != operation + 1:
            raise ValueError("the answer is another request's")
        return decode(message[8:])[0]

    def read(self, group, command, body=None):
        return self.ask(0, group, command, body or {})

    def write(self, group, command, body=None):
        return self.ask(2, group, command, body or {})
