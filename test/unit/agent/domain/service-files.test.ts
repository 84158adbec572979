import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { agentConfigSchema } from '@liquid-lln/agent';
import { planInstall, planUninstall, renderUnit } from '@liquid-lln/agent/testing';
import t from 'tap';
import * as v from 'valibot';
import { projectRoot } from '../../../support/shared.js';

const shipped = (name: string) => readFileSync(join(projectRoot, 'agent/packaging', name), 'utf8');

const installation = {
  users: shipped('liquid-lln-agent.sysusers'),
  config: shipped('agent.json'),
  unit: '[Service]\nExecStart=/usr/bin/node old\nRestart=always\n',
  node: '/usr/bin/node',
  program: '/opt/agent.js',
  hostname: 'Pump-House.example.org',
};

function fileOf(path: string, hostname = installation.hostname) {
  const step = planInstall({ ...installation, hostname }).find((one) => one.kind === 'file' && one.path === path);
  if (step?.kind !== 'file') throw new Error(`no step writes ${path}`);
  return step;
}

t.test('a configuration that is there is kept, the unit is ours to replace', async (t) => {
  t.match(fileOf('/etc/liquid-lln/agent.json'), { ifPresent: 'keep', mode: 0o640 });
  t.match(fileOf('/etc/systemd/system/liquid-lln-agent.service'), { ifPresent: 'replace', mode: 0o644 });
});

t.test('the first configuration is one that the agent takes', async (t) => {
  const config = v.parse(agentConfigSchema, JSON.parse(fileOf('/etc/liquid-lln/agent.json').content));
  t.equal(config.gatewayId, 'pump-house');
  t.equal(config.dataDir, '/var/lib/liquid-lln-agent', 'the folder that the unit makes');
});

t.test('a host name that makes no id is not used', async (t) => {
  for (const hostname of ['', '-x', '.local', 'ünit'])
    t.match(fileOf('/etc/liquid-lln/agent.json', hostname).content, /"gatewayId": "gateway-1"/, hostname);
});

t.test('the user is there before the folder that it may read', async (t) => {
  const kinds = planInstall(installation).map((step) => (step.kind === 'run' ? step.command[0] : step.path));
  t.ok(kinds.indexOf('systemd-sysusers') < kinds.indexOf('chgrp'));
  t.equal(kinds.at(-1), 'systemctl');
});

t.test('the unit starts the program that installs it', async (t) => {
  t.equal(
    renderUnit(installation),
    '[Service]\nExecStart=/usr/bin/node /opt/agent.js --config /etc/liquid-lln/agent.json\nRestart=always\n',
  );
  const odd = renderUnit({ ...installation, node: '/home/a b/node', program: '/opt/100%/$x/agent.js' });
  t.match(odd, '\nExecStart="/home/a b/node" /opt/100%%/$$x/agent.js --config ');
});

t.test('a unit that starts nothing, or two things, is no unit of ours', async (t) => {
  t.throws(() => renderUnit({ ...installation, unit: '[Service]\n' }), /0 lines/);
  t.throws(() => renderUnit({ ...installation, unit: 'ExecStart=a\nExecStart=b\n' }), /2 lines/);
});

t.test('taking the service away leaves configuration and data', async (t) => {
  const removed = planUninstall().flatMap((step) => (step.kind === 'remove' ? [step.path] : []));
  t.same(removed, ['/etc/systemd/system/liquid-lln-agent.service', '/etc/sysusers.d/liquid-lln-agent.conf']);
});
