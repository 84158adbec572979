const polynomial = 0x1021;

const table = Uint16Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte << 8;
  for (let bit = 0; bit < 8; bit += 1) {
    const isOdd = (remainder & 0x8000) !== 0;
    remainder = ((remainder << 1) ^ (isOdd ? polynomial : 0)) & 0xffff;
  }
  return remainder;
});

/** CRC-16/XMODEM of `bytes`: polynomial 0x1021, initial value 0, nothing reflected. */
export function crc16(bytes: Uint8Array): number {
  let remainder = 0;
  for (const byte of bytes) {
    remainder = ((remainder << 8) ^ (table[(remainder >> 8) ^ byte] ?? 0)) & 0xffff;
  }
  return remainder;
}
