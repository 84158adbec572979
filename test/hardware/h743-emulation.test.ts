import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadKernel } from '@liquid-lln/firmware-bridge';
import { buildNetworkImage } from '@liquid-lln/protocol';
import t from 'tap';
import { exampleNetwork } from '../support/example-networks.js';
import { projectRoot } from '../support/shared.js';

t.setTimeout(300_000);

// Debian's, whatever else calls itself python3: python3-unicorn is installed for this one.
const python = '/usr/bin/python3';
const options = { encoding: 'utf8', timeout: 200_000, cwd: projectRoot } as const;

/** A crystal, a slow line, and a power meter with a shunt of 10 milliohms. */
const customDefines = [
  ...['-DLLN_HSE_HZ=25000000', '-DLLN_BAUD=2400u'],
  ...['-DLLN_INA226_ADDRESS=0x40', '-DLLN_INA226_SHUNT_UOHM=10000'],
];

type Step = Readonly<Record<string, unknown>>;

function succeeds(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore', timeout: 60_000 }).status === 0;
}

function obstacle(): string | false {
  if (!succeeds('arm-none-eabi-gcc', ['--version'])) return 'there is no arm-none-eabi-gcc (npm run setup installs it)';
  return !succeeds(python, ['-c', 'import unicorn']) && 'there is no python3-unicorn (npm run setup installs it)';
}

function run(command: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, options);
  if (status !== 0) throw new Error(`${command} ended with ${status}: ${stderr}${stdout}`);
  return stdout;
}

/** A small network, an input, and the bits that the kernel of this machine answers with. */
function prepare(file: string): { readonly row: string; readonly out: string } {
  const description = exampleNetwork('ltc-mapped');
  const image = buildNetworkImage(description, { defaultTimeStep: 1 });
  writeFileSync(file, image);
  const network = loadKernel().open(image);
  const input = Float32Array.from({ length: description.inputSize }, (_, i) => 0.25 * (i + 1));
  const output = new Float32Array(description.outputSize);
  network.step(network.createState(), input, 1, output);
  network.close();
  return { row: Buffer.from(input.buffer).toString('hex'), out: Buffer.from(output.buffer).toString('hex') };
}

function isStep(value: unknown): value is Step {
  return typeof value === 'object' && value !== null && 'step' in value;
}

function parseSteps(text: string): Map<unknown, Step> {
  const lines = text.split('\n').filter((line) => line !== '');
  const steps = lines.map((line): unknown => JSON.parse(line)).filter(isStep);
  return new Map(steps.map(({ step, ...values }) => [step, values]));
}

t.test('the image of the STM32H743 does its work on an emulated one', { skip: obstacle() }, async (t) => {
  run(process.execPath, ['firmware-bridge/build-firmware.mjs', 'stm32h743']);
  run(process.execPath, ['firmware-bridge/build-firmware.mjs', 'stm32h743', ...customDefines]);
  const image = join(t.testdir({}), 'network.bin');
  const { row, out } = prepare(image);
  const script = join(projectRoot, 'firmware-bridge/firmware/test/h743_emulation.py');
  const elf = join(projectRoot, 'firmware-bridge/build/liquid-lln-board-stm32h743');
  const steps = parseSteps(run(python, ['-B', script, elf, `${elf}-custom`, image, row]));
  const slot = { slot: 0, bootable: true, pending: false, confirmed: false, active: false };

  t.same(steps.get('echo'), { answer: { r: 'is anybody there?' } });
  const slotBytes = 6 * 128 * 1024 - 64;
  const info = { kind: 'stm32h743', id: '1112131415161718191a1b1c', hz: 400_000_000, slot: [slotBytes, slotBytes] };
  t.same(steps.get('info'), info);
  t.same(steps.get('clocks'), { real: 400_000_000, baud: 917_431 }, 'within half a percent of 921600 baud');
  t.same(steps.get('health'), { cause: 1, tC: 2500, hasPower: false }, 'power-on, 25 degrees, no power meter');

  t.same(steps.get('upload'), { answer: { off: 2400, match: true } });
  t.same(steps.get('pending'), { slots: [{ ...slot, pending: true }] });
  t.same(
    steps.get('restarted'),
    { cause: 3, slots: [{ ...slot, active: true }] },
    'on trial after a reset by software',
  );
  t.same(steps.get('inferred'), { out, countsCycles: true }, 'the bits of this machine');
  t.same(steps.get('confirmed'), { cause: 3, slots: [{ ...slot, active: true, confirmed: true }] });

  const kept = { cause: 3, slots: [{ ...slot, active: true, confirmed: true }] };
  t.same(steps.get('torn journal'), kept, 'a word that the ECC refuses is as if it had never been written');
  t.same(steps.get('after it'), { cause: 3, boots: 5 }, 'and what is written after it counts');
  t.same(steps.get('torn network'), { resets: 1, cause: 6 }, 'a network that cannot be read resets the board');
  t.match(steps.get('flash'), { misuse: [] }, 'the flash was used as its manual asks');
  const slow = { hz: 64_000_000, real: 64_000_000, baud: 927_536 };
  t.same(steps.get('without PLL'), slow, 'a PLL that does not lock is done without');
  const custom = { real: 400_000_000, baud: 2_400, mW: 330, source: 'ina226' };
  t.same(steps.get('custom'), custom, 'the same clock from a crystal; 3.3 V and 100 mA');
  const slowLine = { isWhole: true, seconds: 22, resets: 0 };
  t.same(steps.get('slow line'), slowLine, 'an answer may take longer than the watchdog waits');
  t.same(steps.get('last words'), { cause: 3 }, 'what was answered is out before the reset');
});
