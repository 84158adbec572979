import {
  type DecoderState,
  decodeFrames,
  decoderStart,
  decodeSmp,
  encodeFrame,
  encodeSmp,
} from '@liquid-lln/firmware-bridge/testing';
import fc from 'fast-check';
import t from 'tap';

const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));
const hex = (data: Uint8Array) => Buffer.from(data).toString('hex');
const latin1 = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));

// An MCUmgr echo of "hello", put together by hand: header, {"d": "hello"}; length 0x0013, CRC-16/XMODEM 0xfd26, base64.
const echo = bytes(`0200000900000100a1616465${hex(latin1('hello'))}`);
const echoFrame = latin1('\x06\x09ABMCAAAJAAABAKFhZGVoZWxsb/0m\n');

/** The bytes 0 to 119 as a packet of two lines: 93 bytes are in the first. */
const longMessage = Uint8Array.from({ length: 120 }, (_, i) => i);
const longFrame = latin1(
  '\x06\x09AHoAAQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAhIiMkJSYnKCkqKywtLi8wMTIzNDU2Nzg5Ojs8PT4/QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFla\n' +
    '\x04\x14W1xdXl9gYWJjZGVmZ2hpamtsbW5vcHFyc3R1dncm3A==\n',
);

t.test('a message has the eight bytes of an SMP header, and CBOR', async (t) => {
  const message = {
    operation: 'write',
    version: 0,
    group: 0,
    sequence: 1,
    command: 0,
    payload: { d: 'hello' },
  } as const;
  t.same(decodeSmp(echo), message);
  t.same(decodeSmp(encodeSmp(message)), message);
  t.equal(encodeSmp({ ...message, version: 1 })[0], 0x0a, 'the second version of SMP');
  t.equal(encodeSmp({ ...message, operation: 'read-answer' })[0], 0x01);
  t.equal(hex(encodeSmp({ ...message, group: 0x1234, sequence: 255, command: 7 }).subarray(4, 8)), '1234ff07');
  // A map of indefinite length, as Zephyr's server writes it.
  t.same(decodeSmp(bytes('0300000600004200bf61726161ff')).payload, { r: 'a' });
});

t.test('what is no SMP message is refused', async (t) => {
  for (const bad of [
    '',
    '02000009000001',
    '0200000a00000100a0',
    '0500000100000100a0',
    '0a00000100000100ff',
    '020000010000010080',
  ]) {
    t.throws(() => decodeSmp(bytes(bad)), { code: 'MESSAGE_INVALID' }, bad);
  }
});

t.test('packets are the lines that MCUmgr documents', async (t) => {
  t.equal(hex(encodeFrame(echo)), hex(echoFrame));
  t.equal(hex(encodeFrame(longMessage)), hex(longFrame));
  t.same(decodeFrames(decoderStart, echoFrame).messages, [echo]);
  t.same(decodeFrames(decoderStart, longFrame).messages.map(hex), [hex(longMessage)]);
});

t.test('whatever is cut into pieces arrives', async (t) => {
  let state: DecoderState = decoderStart;
  const messages: Uint8Array[] = [];
  for (const byte of [...longFrame, ...echoFrame]) {
    const decoded = decodeFrames(state, Uint8Array.of(byte));
    state = decoded.state;
    messages.push(...decoded.messages);
  }
  t.same(messages.map(hex), [hex(longMessage), hex(echo)]);
  t.same(state.discarded, { noiseBytes: 0, lines: 0, packets: 0 });
});

t.test('what is thrown away is counted', async (t) => {
  const discarded = (text: string) => decodeFrames(decoderStart, latin1(text)).state.discarded;
  t.same(discarded('boot 1.0\r\n'), { noiseBytes: 10, lines: 0, packets: 0 });
  t.same(discarded('\x06\x09A!==\n'), { noiseBytes: 0, lines: 1, packets: 0 });
  t.same(discarded('\x04\x14AAAA\n'), { noiseBytes: 0, lines: 1, packets: 0 }, 'continues nothing');
  t.same(discarded('\x06\x09ABMCAAAJAAABAKFhZGVoZWxsb/0n\n'), { noiseBytes: 0, lines: 0, packets: 1 }, 'checksum');
  t.same(discarded('\x06\x09AAA=\n'), { noiseBytes: 0, lines: 0, packets: 1 }, 'length');
  t.same(discarded(`\x06\x09${'A'.repeat(125)}\n`), { noiseBytes: 1, lines: 1, packets: 0 }, 'too long');
  const interrupted = decodeFrames(decoderStart, Buffer.concat([longFrame.subarray(0, 127), echoFrame]));
  t.same(interrupted.messages, [echo]);
  t.equal(interrupted.state.discarded.packets, 1, 'interrupted by a new beginning');
});

t.test('every intact packet arrives, whatever noise is between packets', async (t) => {
  const noise = fc.uint8Array({ maxLength: 200 });
  const nastyNoise = fc.array(fc.constantFrom(0x06, 0x09, 0x04, 0x14, 0x0a, 0x41, 0x3d), { maxLength: 300 });
  const part = fc.tuple(
    fc.oneof(
      noise,
      nastyNoise.map((values) => Uint8Array.from(values)),
    ),
    fc.uint8Array({ maxLength: 300 }),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), fc.integer({ min: 1, max: 97 }), (parts, pieceBytes) => {
      const line = Buffer.concat(parts.flatMap(([before, message]) => [before, encodeFrame(message)]));
      const sent = parts.map(([, message]) => hex(message));
      let state = decoderStart;
      const received: string[] = [];
      for (let at = 0; at < line.length; at += pieceBytes) {
        const decoded = decodeFrames(state, line.subarray(at, at + pieceBytes));
        state = decoded.state;
        received.push(...decoded.messages.map(hex));
      }
      // Noise may be a packet by chance, never in place of one that was sent.
      return sent.every((message) => received.includes(message)) && received.length >= sent.length;
    }),
    { numRuns: 500 },
  );
  t.pass('500 lines');
});

t.test('a receiver keeps no more than a line and a packet', async (t) => {
  let state = decoderStart;
  const endless = Buffer.concat([latin1('\x06\x09'), Buffer.alloc(100_000, 'A')]);
  state = decodeFrames(state, endless).state;
  t.ok((state.line?.text.length ?? 0) <= 124);
  const firstLine = Buffer.alloc(93);
  firstLine.writeUInt16BE(8_000, 0);
  const line = (mark: string, content: Buffer) => latin1(`${mark}${content.toString('base64')}\n`);
  const lines = [line('\x06\x09', firstLine), ...Array.from({ length: 500 }, () => line('\x04\x14', firstLine))];
  state = decodeFrames(state, Buffer.concat(lines)).state;
  t.ok((state.packet?.length ?? 0) <= 8_200);
});
