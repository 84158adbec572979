import { LlnError } from '@liquid-lln/protocol';
import { type Decision, isOpen, type Rollout, type WaveReport } from './rollout.js';

/*
 * What operators decide about a rollout. Each function gives the rollout after the decision, or the same one where it
 * changes nothing any more, so that a decision that comes twice is taken once.
 */

/** @throws LlnError ROLLOUT_STATE unless it runs */
export function pauseRollout(rollout: Rollout, decision: Decision): Rollout {
  if (rollout.status === 'paused') return rollout;
  requireStatus(rollout, 'running', 'paused');
  return { ...rollout, status: 'paused', paused: decision, detail: describeDecision('paused', decision) };
}

/**
 * @param decision left out where a record does not have it
 * @throws LlnError ROLLOUT_STATE unless it is paused or runs
 */
export function resumeRollout(rollout: Rollout, decision?: Decision): Rollout {
  if (rollout.status === 'running') return rollout;
  requireStatus(rollout, 'paused', 'resumed');
  return {
    ...rollout,
    status: 'running',
    paused: null,
    detail: '',
    ...(decision === undefined ? {} : { resumed: decision }),
  };
}

/**
 * Passes a wave that its gate holds, by somebody's decision.
 * @param verdict what the gate says of the wave now
 * @throws LlnError REFUSED_BY_GATE if the wave has failed, ROLLOUT_STATE if it is not the one that is out
 */
export function promoteWave(
  rollout: Rollout,
  waveIndex: number,
  { verdict, waitingFor }: WaveReport,
  decision: Decision,
): Rollout {
  const wave = rollout.waves[waveIndex];
  if (wave !== undefined && (wave.passedMs !== null || wave.promoted !== null)) return rollout;
  const name = `wave ${waveIndex + 1} of rollout ${rollout.rolloutId}`;
  if (!isOpen(rollout)) throw stateError(rollout, 'promoted');
  if (wave === undefined || wave.generation === null || waveIndex !== rollout.waveIndex)
    throw new LlnError('ROLLOUT_STATE', `${name} is not the one that is out`, { rolloutId: rollout.rolloutId });
  if (verdict === 'failed')
    throw new LlnError('REFUSED_BY_GATE', `${name} has failed and cannot be promoted: ${waitingFor}`, {
      rolloutId: rollout.rolloutId,
    });
  const waves = rollout.waves.map((each) => (each === wave ? { ...wave, promoted: decision } : each));
  return { ...rollout, waves };
}

/**
 * Lets a proposed rollout begin.
 * @throws LlnError PERMISSION_DENIED if it is approved by who proposed it, ROLLOUT_STATE if there is nothing to approve
 */
export function approveRollout(rollout: Rollout, decision: Decision): Rollout {
  const { approval, createdBy } = rollout;
  if (approval !== null && approval.given !== null) return rollout;
  if (approval === null || rollout.status !== 'proposed') throw stateError(rollout, 'approved');
  if (decision.by === createdBy)
    throw new LlnError(
      'PERMISSION_DENIED',
      `${createdBy} proposed ${rollout.rolloutId}: somebody else has to approve`,
      {
        rolloutId: rollout.rolloutId,
      },
    );
  return { ...rollout, status: 'running', approval: { given: decision }, detail: '' };
}

/** `paused by ada: looks odd` */
export function describeDecision(what: string, { by, reason }: Decision): string {
  return `${what} by ${by}${reason === '' ? '' : `: ${reason}`}`.slice(0, 1_000);
}

function requireStatus(rollout: Rollout, status: Rollout['status'], wanted: string): void {
  if (rollout.status !== status) throw stateError(rollout, wanted);
}

function stateError({ rolloutId, status }: Rollout, wanted: string): LlnError {
  return new LlnError('ROLLOUT_STATE', `rollout ${rolloutId} is ${status} and cannot be ${wanted}`, {
    rolloutId,
    status,
  });
}
