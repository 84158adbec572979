"""
An STM32H743 in software: Unicorn runs the instructions, the classes here are what they meet. Nothing in it knows the
firmware. Time is virtual: it passes when the firmware looks at a timer or at a busy flag, and when it sleeps.

What this cannot show: cycles, caches, the MPU, real clocks and baud rates. What it does show: that the firmware's
register accesses, in their order, do on this model of the manual what they are meant to do.
"""

from collections import deque

from unicorn import UC_ARCH_ARM, UC_HOOK_CODE, UC_MODE_LITTLE_ENDIAN, UC_MODE_MCLASS, UC_MODE_THUMB, UC_PROT_ALL, Uc, UcError
from unicorn import arm_const as arm

import h743_flash

RAM = ((0x00000000, 64 << 10), (0x20000000, 128 << 10), (0x24000000, 512 << 10))
CODE_SECTORS = 2
FACTORY = 0x1FF1E000
SYSTEM = 0xE0000000
PERIPHERALS = ((0x40000000, 0x8000), (0x52002000, 0x1000), (0x58004000, 0x1000), (0x58020000, 0x7000))
STUB = 0x10  # in ITCM, where no code is: an interrupt's return address

TIM5_DIER, TIM5_SR, TIM5_CNT, TIM5_CCR1 = 0x40000C0C, 0x40000C10, 0x40000C24, 0x40000C34
USART3_CR1, USART3_ISR, USART3_ICR, USART3_RDR, USART3_TDR = 0x40004800, 0x4000481C, 0x40004820, 0x40004824, 0x40004828
RCC_CR, RCC_CFGR, RCC_RSR = 0x58024400, 0x58024410, 0x580244D0
PWR_CSR1, PWR_D3CR = 0x58024804, 0x58024818
IWDG_KR, IWDG_PR, IWDG_RLR, IWDG_SR = 0x58004800, 0x58004804, 0x58004808, 0x5800480C
I2C1_CR2, I2C1_ISR, I2C1_RXDR, I2C1_TXDR = 0x40005404, 0x40005418, 0x40005424, 0x40005428
RCC_PLLCKSELR, RCC_PLLCFGR, RCC_PLL1DIVR, RCC_D2CFGR = 0x58024428, 0x5802442C, 0x58024430, 0x5802441C
USART3_BRR = 0x4000480C
ADC3_ISR, ADC3_CR, ADC3_SQR1, ADC3_DR = 0x58026000, 0x58026008, 0x58026030, 0x58026040
NVIC_ISER, SCB_VTOR, SCB_AIRCR, SCB_CCR, SCB_CFSR, SCB_BFAR = (
    *(0xE000E100, 0xE000ED08, 0xE000ED0C),
    *(0xE000ED14, 0xE000ED28, 0xE000ED38),
)
SCB_CCSIDR, DWT_CYCCNT, DWT_LAR, DWT_CTRL = 0xE000ED80, 0xE0001004, 0xE0001FB0, 0xE0001000

IRQ_USART3, IRQ_TIM5 = 39, 50
RESET_POWER, RESET_SOFTWARE, RESET_WATCHDOG = 0x00FE0000, 0x01420000, 0x04420000  # RM0433, table 56
LOOK_US = 1
LOOK_AT_BUSY_US = 2_000
MHZ = 400
BITS, LINE_FIFO = 10, 16
HSI_HZ, HSE_HZ = 64_000_000, 25_000_000
RESETS_MAX = 5
QUANTUM_US = 1_000_000  # of real time without a look at the time: as much virtual time


class Machine:
    def __init__(self, image, pll_locks=True):
        self.pll_locks = pll_locks
        self.us = 0
        self.flash = h743_flash.Flash(lambda: self.us)
        self.flash.bytes[: len(image.flash)] = image.flash
        self.sent = bytearray()
        self.leaving = deque()  # bytes that are not out yet, each with the time when it will be
        self.line = deque()
        self.resets = []
        self.uc = Uc(UC_ARCH_ARM, UC_MODE_THUMB | UC_MODE_MCLASS | UC_MODE_LITTLE_ENDIAN)
        self.uc.ctl_set_cpu_model(arm.UC_CPU_ARM_CORTEX_M7)
        self.map_memory()
        for address in image.interrupts_on:
            self.uc.hook_add(UC_HOOK_CODE, lambda *_: self.stop_to_serve(), begin=address, end=address)
        self.reset(RESET_POWER)

    def map_memory(self):
        for base, size in RAM:
            self.uc.mem_map(base, size, UC_PROT_ALL)
        code = CODE_SECTORS * h743_flash.SECTOR
        self.uc.mem_map(h743_flash.BASE, code, UC_PROT_ALL)
        self.uc.mem_write(h743_flash.BASE, bytes(self.flash.bytes[:code]))
        self.map_device(h743_flash.BASE + code, 2 * h743_flash.BANK - code, self.flash_read, self.flash_write)
        self.uc.mem_map(FACTORY, 0x1000, UC_PROT_ALL)
        self.uc.mem_write(FACTORY + 0x800, bytes(range(0x11, 0x1D)))
        for offset, value in ((0x820, 12000), (0x840, 16000), (0x860, 24000)):
            self.uc.mem_write(FACTORY + offset, value.to_bytes(2, "little"))
        for base, size in (*PERIPHERALS, (SYSTEM, 0x10000)):
            self.map_device(base, size, self.read, self.write)

    def map_device(self, base, size, read, write):
        self.uc.mmio_map(
            base,
            size,
            lambda _uc, offset, width, _data: read(base + offset, width),
            None,
            lambda _uc, offset, width, value, _data: write(base + offset, width, value),
            None,
        )

    # Time, resets, exceptions.

    def pass_time(self, us):
        self.us += us
        while self.leaving and self.leaving[0][0] <= self.us:
            self.sent.append(self.leaving.popleft()[1])
        if self.watchdog_until is not None and self.us > self.watchdog_until:
            self.pending_reset = RESET_WATCHDOG
            self.uc.emu_stop()

    def reset(self, cause):
        """Registers go back; memory stays as it is, as in the chip."""
        self.resets.append(cause)
        self.registers = {RCC_RSR: cause, SCB_VTOR: h743_flash.BASE, SCB_CCSIDR: 0xF003E019}
        self.enabled, self.pending_reset, self.watchdog_until = set(), None, None
        self.bus_status, self.meter_register, self.meter_sends = 0, 0, deque()
        self.fault = False
        self.leaving.clear()
        self.flash.reset()
        vectors = self.uc.mem_read(h743_flash.BASE, 8)
        self.uc.reg_write(arm.UC_ARM_REG_PRIMASK, 0)
        self.uc.reg_write(arm.UC_ARM_REG_FAULTMASK, 0)
        self.uc.reg_write(arm.UC_ARM_REG_SP, int.from_bytes(vectors[:4], "little"))
        self.pc = int.from_bytes(vectors[4:], "little")

    def is_masked(self):
        return self.uc.reg_read(arm.UC_ARM_REG_PRIMASK) & 1 or self.uc.reg_read(arm.UC_ARM_REG_FAULTMASK) & 1

    def wanting(self):
        """Interrupts that are enabled and whose peripheral asks for them."""
        asking = []
        if self.line and self.registers.get(USART3_CR1, 0) & (1 << 5 | 1) == 1 << 5 | 1:
            asking.append(IRQ_USART3)
        if self.registers.get(TIM5_DIER, 0) & 2 and self.timer_is_over():
            asking.append(IRQ_TIM5)
        return [number for number in asking if number in self.enabled]

    def stop_to_serve(self):
        if self.wanting() and not self.is_masked():
            self.uc.emu_stop()

    def timer_is_over(self):
        return (self.us - self.registers.get(TIM5_CCR1, 0)) % (1 << 32) < 1 << 31

    def sleep(self):
        """WFI: until the timer's mark, unless something waits already."""
        if not self.wanting() and self.registers.get(TIM5_DIER, 0) & 2:
            self.pass_time((self.registers[TIM5_CCR1] - self.us) % (1 << 32))

    def serve(self, number):
        """Runs a handler to its end, as exception entry and return would."""
        context = self.uc.context_save()
        vector = self.registers[SCB_VTOR] + 4 * (16 + number)
        handler = int.from_bytes(self.uc.mem_read(vector, 4), "little")
        self.uc.reg_write(arm.UC_ARM_REG_SP, (self.uc.reg_read(arm.UC_ARM_REG_SP) - 0x68) & ~7)
        self.uc.reg_write(arm.UC_ARM_REG_LR, STUB | 1)
        self.uc.emu_start(handler, STUB)
        self.uc.context_restore(context)

    def run(self, is_done, us_max):
        """Until `is_done()`, looked at whenever the firmware sleeps or is reset. @returns whether it was in time"""
        end, resets = self.us + us_max, len(self.resets)
        while self.us < end:
            self.step()
            if len(self.resets) > resets + RESETS_MAX:
                raise RuntimeError("the board does nothing but reset")
            if is_done():
                return True
        return False

    def step(self):
        try:
            self.uc.emu_start(self.pc | 1, 0xFFFFFFFF, timeout=QUANTUM_US)
        except UcError as error:
            at = self.uc.reg_read(arm.UC_ARM_REG_PC)
            raise RuntimeError(f"{error} at {at:#x}") from error
        self.pc = self.uc.reg_read(arm.UC_ARM_REG_PC)
        if self.fault:
            self.enter_fault()
        elif self.pending_reset is not None:
            self.reset(self.pending_reset)
        elif self.is_after_wfi():
            self.sleep()
        elif not self.wanting():
            self.pass_time(QUANTUM_US)
        elif not self.is_masked():
            for number in self.wanting():
                self.serve(number)

    def is_after_wfi(self):
        return bytes(self.uc.mem_read((self.pc & ~1) - 2, 2)) == b"\x30\xbf"

    def enter_fault(self):
        """The handler never comes back, so nothing is kept for that."""
        self.fault = False
        vector = self.uc.mem_read(self.registers[SCB_VTOR] + 12, 4)
        self.pc = int.from_bytes(vector, "little")

    # What the processor reads and writes.

    def flash_read(self, address, width):
        value, is_sound = self.flash.read(address - h743_flash.BASE, width)
        if not is_sound:
            self.registers[SCB_CFSR] = self.registers.get(SCB_CFSR, 0) | 1 << 9 | 1 << 15
            self.registers[SCB_BFAR] = address
            is_ignored = self.registers.get(SCB_CCR, 0) & 1 << 8 and self.uc.reg_read(arm.UC_ARM_REG_FAULTMASK) & 1
            if not is_ignored:
                self.fault = True
                self.uc.emu_stop()
        return value

    def flash_write(self, address, width, value):
        self.flash.write(address - h743_flash.BASE, width, value)

    def read(self, address, _width):
        if 0x52002000 <= address < 0x52002200 and address != 0x52002000:
            if address & 0xFF == 0x10:
                self.pass_time(LOOK_AT_BUSY_US if self.flash.read_register(address - 0x52002000) & 1 else LOOK_US)
            return self.flash.read_register(address - 0x52002000)
        reader = self.readers.get(address)
        return reader(self) if reader else self.registers.get(address, 0)

    def write(self, address, _width, value):
        if 0x52002000 < address < 0x52002200:
            self.flash.write_register(address - 0x52002000, value)
        elif NVIC_ISER <= address < NVIC_ISER + 32:
            first = (address - NVIC_ISER) * 8
            self.enabled |= {first + bit for bit in range(32) if value >> bit & 1}
        elif address in self.writers:
            self.writers[address](self, value)
        else:
            self.registers[address] = value

    def read_time(self):
        self.pass_time(LOOK_US)
        self.stop_to_serve()
        return self.us & 0xFFFFFFFF

    def read_cycles(self):
        if self.registers.get(DWT_CTRL, 0) & 1 == 0 or self.registers.get(DWT_LAR) != 0xC5ACCE55:
            return 0
        self.pass_time(LOOK_US)
        return self.us * MHZ & 0xFFFFFFFF

    def read_oscillators(self):
        value = self.registers.get(RCC_CR, 1) | 1 << 2
        ready = (value & 1 << 16) << 1 | ((value & 1 << 24) << 1 if self.pll_locks else 0)
        return value | ready

    def processor_hz(self):
        """What the clock tree makes of the registers (RM0433, 8.5), whatever the firmware believes."""
        if self.registers.get(RCC_CFGR, 0) & 7 == 0:
            return HSI_HZ
        selection, dividers = self.registers[RCC_PLLCKSELR], self.registers[RCC_PLL1DIVR]
        source = {0: HSI_HZ, 2: HSE_HZ}[selection & 3] / (selection >> 4 & 63)
        lowest = 1_000_000 << (self.registers[RCC_PLLCFGR] >> 2 & 3)
        oscillator = source * ((dividers & 511) + 1)
        if not lowest <= source <= 2 * lowest or not 192_000_000 <= oscillator <= 836_000_000:
            raise ValueError(f"a PLL from {source} Hz at {oscillator} Hz")
        return oscillator / ((dividers >> 9 & 127) + 1)

    def baud(self):
        """From the clock of APB1: half of AHB, which is half of the processor's, where they are divided."""
        divider = 4 if self.registers.get(RCC_D2CFGR, 0) >> 4 & 7 == 4 else 1
        return self.processor_hz() / divider / self.registers[USART3_BRR]

    def write_line(self, value):
        last = self.leaving[-1][0] if self.leaving else self.us
        self.leaving.append((max(last, self.us) + round(BITS * 1_000_000 / self.baud()), value & 0xFF))

    def read_line_status(self):
        """Whoever looks while bytes leave is taken to wait for one of them."""
        if self.leaving:
            self.pass_time(max(LOOK_US, self.leaving[0][0] - self.us))
        has_room = len(self.leaving) < LINE_FIFO
        return (1 << 7 if has_room else 0) | (0 if self.leaving else 1 << 6) | (1 << 5 if self.line else 0)

    def read_converter(self):
        """25.00 degrees from a supply of 3.3 V * 24000 / 25000."""
        channel = self.registers.get(ADC3_SQR1, 0) >> 6 & 0x1F
        return {18: 12240, 19: 25000}.get(channel, 0)

    def write_bus_command(self, value):
        """A power meter that shows 3.3 V and, over 10 milliohms, 100 mA."""
        self.registers[I2C1_CR2] = value
        is_meter = value & 0x3FF == 0x40 << 1
        if value & 1 << 13 and value & 1 << 10:
            self.meter_sends = deque({1: b"\x01\x90", 2: b"\x0a\x50"}.get(self.meter_register, b"") if is_meter else b"")
        self.bus_status = (1 << 5 if value & 1 << 10 else 1 << 1) if is_meter else 1 << 4

    def write_bus_data(self, value):
        self.meter_register = value
        self.bus_status = 1 << 6

    def write_watchdog(self, key):
        if key in (0xCCCC, 0xAAAA) and (key == 0xCCCC or self.watchdog_until is not None):
            reload = self.registers.get(IWDG_RLR, 0xFFF)
            self.watchdog_until = self.us + (reload + 1) * (4000 << self.registers.get(IWDG_PR, 0)) // 32

    def write_reset_request(self, value):
        if value == 0x05FA0004:
            self.pending_reset = RESET_SOFTWARE
            self.uc.emu_stop()

    def write_reset_flags(self, value):
        if value & 1 << 16:
            self.registers[RCC_RSR] = 0

    readers = {
        TIM5_CNT: read_time,
        DWT_CYCCNT: read_cycles,
        RCC_CR: read_oscillators,
        RCC_CFGR: lambda self: self.registers.get(RCC_CFGR, 0) & 7 | (self.registers.get(RCC_CFGR, 0) & 7) << 3,
        PWR_CSR1: lambda _self: 1 << 13,
        PWR_D3CR: lambda self: self.registers.get(PWR_D3CR, 0x4000) | 1 << 13,
        USART3_ISR: read_line_status,
        USART3_RDR: lambda self: self.line.popleft() if self.line else 0,
        I2C1_ISR: lambda self: self.bus_status | (1 << 2 if self.meter_sends else 0),
        I2C1_RXDR: lambda self: self.meter_sends.popleft() if self.meter_sends else 0,
        ADC3_CR: lambda self: self.registers.get(ADC3_CR, 0) & 0x7FFFFFFF,
        ADC3_ISR: lambda _self: 1 << 0 | 1 << 2,
        ADC3_DR: read_converter,
    }
    writers = {
        USART3_TDR: write_line,
        I2C1_CR2: write_bus_command,
        I2C1_TXDR: write_bus_data,
        IWDG_KR: write_watchdog,
        SCB_AIRCR: write_reset_request,
        RCC_RSR: write_reset_flags,
        SCB_CFSR: lambda self, value: self.registers.update({SCB_CFSR: self.registers.get(SCB_CFSR, 0) & ~value}),
    }
