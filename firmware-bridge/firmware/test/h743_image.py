"""A linked firmware: what is programmed into the flash, and the code as it runs."""

import struct

FLASH = 0x08000000
PT_LOAD = 1
INTERRUPTS_ON = b"\x62\xb6"  # cpsie i


class Image:
    def __init__(self, path):
        with open(path, "rb") as file:
            elf = file.read()
        if elf[:6] != b"\x7fELF\x01\x01":
            raise ValueError(f"{path} is not a little-endian ELF of 32 bits")
        table = struct.unpack_from("<I", elf, 28)[0]
        self.flash = bytearray()
        self.interrupts_on = []  # the addresses behind each instruction that switches interrupts on
        for i in range(struct.unpack_from("<H", elf, 44)[0]):
            kind, at, virtual, physical, size = struct.unpack_from("<5I", elf, table + 32 * i)
            if kind == PT_LOAD and size > 0:
                self.place(physical - FLASH, elf[at : at + size])
                self.find_interrupts_on(virtual, elf[at : at + size])

    def place(self, offset, content):
        self.flash.extend(b"\xff" * (offset + len(content) - len(self.flash)))
        self.flash[offset : offset + len(content)] = content

    def find_interrupts_on(self, start, content):
        for offset in range(0, len(content) - 3, 2):
            if content[offset : offset + 2] == INTERRUPTS_ON:
                self.interrupts_on.append(start + offset + 2)
