import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import * as v from 'valibot';
import { type Checks, each } from './check.js';
import { commandLines } from './command-lines.js';
import type { Stage } from './stage.js';

const [inSimulation, , inStaging, , toGreen, , switchToGreen, withoutBlue, toQuarter] = commandLines;
const toAll = commandLines[10];
const [toPrevious, toVersion] = [commandLines[18], commandLines[19]];
const [inSmallBatches, withDebug] = [commandLines[24], commandLines[27]];

const desiredMessage = v.object({ instruction: v.looseObject({ kind: v.string() }) });

/** Types a line that has to succeed. With short heartbeats a busy moment looks like absence, which the gate refuses. */
async function succeed(t: Test, stage: Stage, line: string): Promise<void> {
  if (/^liquid-lln deploy --target (?:production|device-ip)/.test(line)) await stage.untilHealthy();
  const { exitCode, stdout, stderr } = await stage.typeLine(line);
  if (!t.equal(exitCode, 0, line)) t.comment(stdout, stderr);
}

async function isAudited(t: Test, stage: Stage, action: string, detail: RegExp): Promise<void> {
  const { entries } = await stage.operator.request({ kind: 'audit', limit: 30 });
  const found = entries.filter((entry) => entry.action === action && detail.test(`${entry.subject} ${entry.detail}`));
  t.not(found.length, 0, `the audit log has ${action} ${detail}`);
}

/** Changes of packages: the devices themselves, their disks and the audit log say whether they took place. */
export const deploymentChecks = {
  [inSimulation]: async (t, stage, line) => {
    const [simulated, others] = [stage.devicesIn('simulation'), stage.devicesIn('production')];
    await succeed(t, stage, line);
    t.same(await stage.serving(simulated), each(simulated, '1.3.0 green confirmed'));
    t.same(await stage.serving(others), each(others, '1.2.3 blue confirmed'), 'nowhere else');
    t.strictSame(stage.slotFile('sim-1', 'green'), readFileSync(stage.file('next')), 'byte for byte');
    t.ok(stage.isInFlash('sim-1', 'next'), 'the flash of the board has the network');
    t.notOk(stage.isInFlash('prod-1', 'next'), 'that of a board elsewhere does not');
    await isAudited(t, stage, 'deploy', /occupancy@1\.3\.0 to simulation/);
  },
  [inStaging]: async (t, stage, line) => {
    await succeed(t, stage, line);
    t.same(
      await stage.serving(['stage-1', 'stage-1.board', 'prod-1.board']),
      {
        'stage-1': '1.2.3 blue confirmed',
        'stage-1.board': '1.3.0 green confirmed',
        'prod-1.board': '1.2.3 blue confirmed',
      },
      'the boards of this kind in staging, and no others',
    );
  },
  [toGreen]: async (t, stage, line) => {
    const devices = stage.devicesIn('production');
    const early = await stage.typeLine(line);
    t.equal(early.exitCode, 3, 'production has a gate');
    t.match(early.stderr, /monitoring: missing.*\n.*liquid-lln notify --test[\s\S]*stakeholders-notified: missing/);
    t.notMatch(early.stderr, /unit-tests|target-hardware|rollback-tested/, 'the lines before have shown the rest');
    await stage.prepareProduction('next');
    await succeed(t, stage, line);
    t.same(await stage.serving(devices), each(devices, '1.2.3 blue confirmed'), 'blue goes on serving');
    for (const device of devices) {
      t.strictSame(stage.slotFile(device, 'green'), readFileSync(stage.file('next')), `green of ${device}`);
      t.strictSame(stage.slotFile(device, 'blue'), readFileSync(stage.file('base')), `blue of ${device}`);
    }
  },
  [switchToGreen]: async (t, stage, line) => {
    const devices = stage.devicesIn('production');
    await succeed(t, stage, line);
    t.same(await stage.serving(devices), each(devices, '1.3.0 green confirmed'));
    t.ok(
      devices.every((device) => stage.slotFile(device, 'blue') !== null),
      'blue is the way back',
    );
    t.same(stage.clientFailures, [], 'no request was lost');
  },
  [withoutBlue]: async (t, stage, line) => {
    const devices = stage.devicesIn('production');
    await succeed(t, stage, line);
    t.same(
      devices.filter((device) => stage.slotFile(device, 'blue') !== null),
      [],
      'blue is free',
    );
    t.same(await stage.serving(devices), each(devices, '1.3.0 green confirmed'));
  },
  // The other way to deploy, from another version that serves.
  [toQuarter]: async (t, stage, line) => {
    const devices = stage.devicesIn('production');
    const before = `liquid-lln deploy --target production --model ${stage.file('previous')}`;
    const forced = `${before} --waves 100 --force --reason "the other way begins with another version"`;
    t.equal((await stage.typeLine(forced)).exitCode, 0);
    t.same(await stage.serving(devices), each(devices, '1.2.4 blue confirmed'));
    await succeed(t, stage, line);
    const serving = Object.values(await stage.serving(devices)).sort();
    const rest = Array.from({ length: 3 }, () => '1.2.4 blue confirmed');
    t.same(serving, [...rest, '1.3.0 green confirmed'], 'a quarter of four');
  },
  [toAll]: async (t, stage, line) => {
    const devices = stage.devicesIn('production');
    const rollouts = async () => (await stage.operator.request({ kind: 'rollouts', limit: 20 })).rollouts;
    const before = (await rollouts()).map(({ rolloutId }) => rolloutId);
    await succeed(t, stage, line);
    t.same(await stage.serving(devices), each(devices, '1.3.0 green confirmed'));
    const after = await rollouts();
    t.same(
      after.map(({ rolloutId }) => rolloutId),
      before,
      'the same rollout went on',
    );
    t.match(after[0], { status: 'succeeded', waves: [{ devices: 1 }, { devices: 4 }] });
  },
  [toPrevious]: async (t, stage, line) => {
    const devices = stage.devicesIn('production');
    await succeed(t, stage, line);
    t.same(await stage.serving(devices), each(devices, '1.2.4 blue confirmed'));
    const again = await stage.type('liquid-lln deploy --target production --package occupancy@1.3.0');
    t.equal(again.exitCode, 3, 'what was left does not come back by itself');
    t.match(again.stderr, /PACKAGE_QUARANTINED/);
    await isAudited(t, stage, 'rollback', /previous to production/);
  },
  [toVersion]: async (t, stage, line) => {
    const devices = stage.devicesIn('production');
    await succeed(t, stage, line);
    const versions = Object.values(await stage.serving(devices)).map((what) => what.split(' ')[0]);
    t.same(
      versions,
      devices.map(() => '1.2.3'),
    );
  },
  [inSmallBatches]: async (t, stage, line) => {
    stage.offer('mended');
    await stage.prepareRelease('mended');
    const untouched = ['prod-2', 'prod-2.board'];
    await succeed(t, stage, line);
    const addressed = ['prod-1', 'prod-1.board'];
    const serving = await stage.serving(addressed);
    for (const device of addressed) {
      const [version, slot, state] = (serving[device] ?? '').split(' ');
      t.same([version, state], ['1.3.1', 'confirmed'], device);
      t.strictSame(stage.slotFile(device, slot === 'blue' ? 'blue' : 'green'), readFileSync(stage.file('mended')));
    }
    t.notMatch(Object.values(await stage.serving(untouched)).join(), /1\.3\.1/, 'no other address');
    await isAudited(t, stage, 'deploy', /occupancy@1\.3\.1 to 127\.0\.0\.1/);
    for (const device of addressed)
      await isAudited(t, stage, 'device-confirmed', new RegExp(`${device} occupancy@1\\.3\\.1`));
    const desired = v.parse(desiredMessage, await stage.onlooker.retained('device/prod-1/desired'));
    const instruction = { kind: 'deploy', batchSize: 1, package: { version: '1.3.1', digest: stage.digest('mended') } };
    t.match(desired.instruction, instruction, 'the packet on MQTT');
  },
  [withDebug]: async (t, stage, line) => {
    const ask = (host: string, value: number) =>
      stage.prepare(`curl -sf -X POST http://${host}/inference -d '{"input": [${value},2,3,4]}'`);
    const agentLog = () => readFileSync(join(stage.fleet.folder, 'prod-1.log'), 'utf8');
    await ask(stage.deviceAddress, 71.5);
    t.notMatch(agentLog(), /71\.5/, 'nothing of it before');
    await succeed(t, stage, line);
    await ask(stage.deviceAddress, 72.5);
    const lines = await stage.prepare(`liquid-lln logs --target prod-1 --tail 400`);
    t.match(lines, /debug.*an inference begins.*72\.5,2,3,4/, 'the device keeps what was asked');
    t.match(lines, /debug.*an inference ended.*latencyUs/);
    t.match(agentLog(), /"input":\[72\.5,2,3,4\]/, 'and writes it down before a crash can come');
    await ask(new URL(stage.device('prod-2').url).host, 73.5);
    t.notMatch(
      await stage.prepare('liquid-lln logs --target prod-2 --tail 400'),
      /an inference/,
      'no other device does',
    );
    const desired = v.parse(desiredMessage, await stage.onlooker.retained('device/prod-1/desired'));
    t.match(desired.instruction, { kind: 'deploy', debug: true }, 'the packet on MQTT');
  },
} satisfies Partial<Checks>;
