"""The flash of an STM32H743 as RM0433 Rev 8, chapter 4, describes it: locks, write buffer, ECC, errors."""

BASE = 0x08000000
SECTOR = 128 * 1024
BANK = 8 * SECTOR
WORD = 32
KEYS = (0x45670123, 0xCDEF89AB)

CR_LOCK, CR_PG, CR_SER, CR_START = 1 << 0, 1 << 1, 1 << 2, 1 << 7
SR_BSY, SR_WBNE, SR_QW, SR_EOP = 1 << 0, 1 << 1, 1 << 2, 1 << 16
SR_WRPERR, SR_PGSERR, SR_STRBERR, SR_INCERR, SR_DBECCERR = 1 << 17, 1 << 18, 1 << 19, 1 << 21, 1 << 26

# Virtual microseconds of a program and of an erase: DS12110, table 53, the longest with 64 bits.
PROGRAM_US, ERASE_US = 200, 2_000_000


class Bank:
    """One bank: its registers, and the operation that it is busy with."""

    def __init__(self):
        self.reset()

    def reset(self):
        self.control, self.status, self.keys = CR_LOCK, 0, []
        self.buffer, self.at, self.busy_until = {}, None, 0


class Flash:
    """Bytes and their ECC. `clock` gives virtual microseconds; they pass while the firmware looks at the status."""

    def __init__(self, clock):
        self.clock = clock
        self.bytes = bytearray(b"\xff" * (2 * BANK))
        self.programmed = set()  # words written since their sector was erased
        self.torn = set()  # words whose ECC refuses
        self.banks = (Bank(), Bank())
        self.counts = {"programs": 0, "erases": 0, "refused": 0, "misuse": []}

    def reset(self):
        """What a reset of the chip does: an operation that is under way stops in the middle."""
        for number, bank in enumerate(self.banks):
            if bank.buffer:
                self.misuse(f"bank {number + 1}: a reset while the write buffer is not empty")
            bank.reset()

    def misuse(self, what):
        self.counts["misuse"].append(what)

    def tear(self, offset):
        self.torn.add(offset // WORD)

    def tear_next(self, start, end):
        """What a power cut leaves: the first word that was not written yet, half written."""
        written = [word for word in self.programmed if start <= word * WORD < end]
        self.programmed.add(max(written) + 1)
        self.torn.add(max(written) + 1)

    # What the processor reads and writes in the memory itself.

    def read(self, offset, size):
        """The bytes, and whether the ECC accepts them."""
        number = offset // BANK
        bank = self.banks[number]
        if self.clock() < bank.busy_until:
            self.misuse(f"bank {number + 1}: read at {offset:#x} while it is busy: the processor would stall")
        value = int.from_bytes(self.bytes[offset : offset + size], "little")
        if offset // WORD not in self.torn:
            return value, True
        bank.status |= SR_DBECCERR
        self.counts["refused"] += 1
        return value ^ 0x5A5A5A5A & (1 << 8 * size) - 1, False

    def write(self, offset, size, value):
        """A store: fills the write buffer, whose last byte starts the program."""
        bank = self.banks[offset // BANK]
        if bank.control & (CR_LOCK | CR_PG) != CR_PG or size != 4 or offset % 4 != 0:
            bank.status |= SR_PGSERR
            return
        if bank.at is not None and bank.at != offset // WORD:
            bank.status |= SR_INCERR
            return
        if offset % WORD in bank.buffer:
            bank.status |= SR_STRBERR
            return
        bank.at = offset // WORD
        bank.buffer[offset % WORD] = value
        bank.status |= SR_WBNE
        if len(bank.buffer) == WORD // 4:
            self.program(bank)

    def program(self, bank):
        start = bank.at * WORD
        for offset, value in bank.buffer.items():
            old = int.from_bytes(self.bytes[start + offset : start + offset + 4], "little")
            self.bytes[start + offset : start + offset + 4] = (old & value).to_bytes(4, "little")
        if bank.at in self.programmed:
            self.misuse(f"word {bank.at * WORD:#x} programmed twice")
            self.torn.add(bank.at)
        self.programmed.add(bank.at)
        self.counts["programs"] += 1
        bank.buffer, bank.at = {}, None
        bank.status = bank.status & ~SR_WBNE | SR_EOP
        bank.busy_until = self.clock() + PROGRAM_US

    # Registers, by their offset in the interface.

    def read_register(self, offset):
        bank = self.banks[offset // 0x100]
        if offset % 0x100 == 0x0C:
            return bank.control
        if offset % 0x100 == 0x10:
            busy = SR_BSY | SR_QW if self.clock() < bank.busy_until else 0
            return bank.status | busy
        return 0

    def write_register(self, offset, value):
        bank = self.banks[offset // 0x100]
        register = offset % 0x100
        if register == 0x04:
            self.unlock(bank, value)
        elif register == 0x0C and not bank.control & CR_LOCK:
            self.command(self.banks.index(bank), bank, value)
        elif register == 0x14:
            bank.status &= ~(value & 0x0FEF0000)

    def unlock(self, bank, key):
        bank.keys.append(key)
        if tuple(bank.keys) == KEYS:
            bank.control &= ~CR_LOCK
        elif tuple(bank.keys) != KEYS[: len(bank.keys)]:
            self.misuse("a wrong key: the bank stays locked until the next reset")
        if len(bank.keys) == 2:
            bank.keys = []

    def command(self, number, bank, value):
        if self.clock() < bank.busy_until:
            self.misuse(f"bank {number + 1}: a command while it is busy")
        bank.control = value & ~CR_START
        if value & (CR_SER | CR_START) == CR_SER | CR_START:
            self.erase(number * 8 + (value >> 8 & 7), bank)

    def erase(self, sector, bank):
        start = sector * SECTOR
        self.bytes[start : start + SECTOR] = b"\xff" * SECTOR
        words = set(range(start // WORD, (start + SECTOR) // WORD))
        self.programmed -= words
        self.torn -= words
        self.counts["erases"] += 1
        bank.status |= SR_EOP
        bank.busy_until = self.clock() + ERASE_US
