import type { RolloutSummary } from '@liquid-lln/protocol';
import { waitFor } from '../fleet/wait-until.js';
import { eventsAnswer, rolloutsAnswer } from './answers.js';
import { type BadPackageStory, isRevert } from './closing-table.js';
import { returnTimeoutMs, type Stage } from './stage.js';

/** What the coordinator knows of the bad package once it is back and its devices have told it. */
export async function learnOutcome(
  stage: Stage,
  rolloutId: string,
  deviceIds: readonly string[],
): Promise<BadPackageStory> {
  const { fleet, narrator, evidence, signal } = stage;
  const isOfFirstWave = ({ deviceId }: { readonly deviceId: string }) => deviceIds.includes(deviceId);
  const waiting = { what: 'the coordinator halts the rollout', timeoutMs: returnTimeoutMs, everyMs: 300, signal };
  const rollout = await waitFor(waiting, async () => {
    const { rollouts } = await fleet.ask(rolloutsAnswer, 'rollouts');
    const found = rollouts.find((one) => one.rolloutId === rolloutId && one.status === 'halted');
    return found?.members.filter(isOfFirstWave).every(({ outcome }) => outcome !== null) ? found : null;
  });
  narrator.say(`it learned of it and halted the rollout: ${rollout.detail}`);
  evidence.add('the coordinator halted the rollout when it returned', true, rollout.detail);
  noteMembers(stage, rollout, deviceIds);
  const { events } = await fleet.ask(eventsAnswer, 'events', '--target', fleet.environment);
  return { rollout, reverts: events.filter(isRevert) };
}

function noteMembers({ evidence }: Stage, { members }: RolloutSummary, deviceIds: readonly string[]): void {
  for (const { deviceId, progress, outcome } of members.filter((member) => deviceIds.includes(member.deviceId))) {
    evidence.add(`the coordinator reports ${deviceId} as reverted`, progress === 'reverted', outcome?.detail ?? '');
  }
  evidence.add(
    'and that no other device was asked to try it',
    members.every((one) => one.progress === 'pending' || deviceIds.includes(one.deviceId)),
    '',
  );
}
