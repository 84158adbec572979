import { LlnError, type OperatorReplyTo } from '@liquid-lln/protocol';
import {
  type DesiredState,
  type Generations,
  pauseDocuments,
  resumeDocuments,
  retryDocuments,
} from '../../domain/desired-state.js';
import type { Decision, Rollout } from '../../domain/rollout.js';
import { approveRollout, pauseRollout, promoteWave, resumeRollout } from '../../domain/rollout-actions.js';
import { findTransitionViolations, findViolations } from '../../domain/rollout-invariants.js';
import { reportRollout } from '../../domain/rollout-planner.js';
import { retryMembers } from '../../domain/rollout-retry.js';
import { nextGeneration, storeDocuments } from '../reconcile.js';
import { viewFleet } from '../views.js';
import type { Caller, Handler, OperatorComponents, RequestOf } from './operator-context.js';
import { findArchived, findRollout, showAny } from './rollout-lookup.js';

/** Nobody new begins; who has begun goes on. */
export const pause: Handler<'pause'> = async (request, caller, components) => ({
  of: 'pause',
  rollout: await decide(request, caller, components, (before, decision, generations) => {
    const rollout = pauseRollout(before, decision);
    return { rollout, documents: pauseDocuments(rollout, generations, fleetOf(components)) };
  }),
});

export const resume: Handler<'resume'> = async (request, caller, components) => ({
  of: 'resume',
  rollout: await decide(request, caller, components, (before, decision, generations) => {
    const rollout = resumeRollout(before, decision);
    return { rollout, documents: resumeDocuments(rollout, generations, fleetOf(components)) };
  }),
});

/** Passes a wave that its gate neither passes nor fails. */
export const promote: Handler<'promote'> = async (request, caller, components) => ({
  of: 'promote',
  rollout: await decide(request, caller, components, (before, decision) => {
    const report = reportRollout(before, fleetOf(components), components.reconciler.planTime());
    const wave = report.waves[request.waveIndex] ?? { verdict: 'inconclusive', waitingFor: '' };
    return { rollout: promoteWave(before, request.waveIndex, wave, decision), documents: [] };
  }),
});

/** The second person's yes. Without a broker that says who speaks, nobody can be told from anybody else. */
export const approve: Handler<'approve'> = async (request, caller, components) => {
  requireName(caller, 'an approval');
  const rollout = await decide(request, caller, components, (before, decision) => {
    return { rollout: approveRollout(before, decision), documents: [] };
  });
  return { of: 'approve', rollout };
};

/** @throws LlnError PERMISSION_DENIED where the broker does not say who the operators are */
export function requireName({ isNamed }: Caller, what: string): void {
  if (!isNamed)
    throw new LlnError('PERMISSION_DENIED', `${what} needs a broker that says who speaks: the embedded one does`);
}

/** Gives the package once more to devices that failed with it. */
export const retry: Handler<'retry'> = async (request, caller, components) => ({
  of: 'retry',
  rollout: await decide(request, caller, components, (rollout, { reason, atMs }, generations) => {
    const override = request.override === true ? reason : null;
    const fleet = fleetOf(components);
    const retried = retryMembers(rollout, fleet, { override, generation: generations.next, nowMs: atMs });
    const documents = retryDocuments(rollout, retried.deviceIds, override, generations, fleet);
    return { rollout: retried.rollout, documents };
  }),
});

/** The rollout after a decision, and what devices are to be told of it. */
type Change = (
  rollout: Rollout,
  decision: Decision,
  generations: Generations,
) => { readonly rollout: Rollout; readonly documents: readonly DesiredState[] };

type DecisionRequest = RequestOf<'pause' | 'resume' | 'promote' | 'approve' | 'retry'>;

/** One decision, its documents and its entry in the audit log on disk together; then told to devices. */
async function decide(
  request: DecisionRequest,
  { actor }: Caller,
  components: OperatorComponents,
  change: Change,
): Promise<OperatorReplyTo<'pause'>['rollout']> {
  const { ledger, distributor, reconciler, clock } = components;
  await refuseArchived(request, components);
  const published = await ledger.change((state) => {
    const before = findRollout(state, request.rolloutId);
    const atMs = clock.wallMs();
    const generations = { next: nextGeneration(state.generation), parent: state.generation };
    const { rollout: after, documents: made } = change(
      before,
      { by: actor, reason: request.reason, atMs },
      generations,
    );
    if (after === before) return { changes: [], result: [] };
    refuseViolations(before, after);
    const { reason, rolloutId, kind } = request;
    const entry = { atMs, actor, action: kind, subject: rolloutId, reason, detail: describe(request, after) };
    return {
      changes: [
        { kind: 'put-rollout', rollout: after },
        ...(made.length === 0 ? [] : storeDocuments(made, generations.next)),
        { kind: 'add-audit', entry },
      ],
      result: made,
      isUrgent: kind === 'pause',
    };
  });
  await distributor.publish(published);
  await reconciler.reconcileKept();
  return showAny(request.rolloutId, components);
}

async function refuseArchived({ rolloutId, kind }: DecisionRequest, components: OperatorComponents): Promise<void> {
  const archived = await findArchived(rolloutId, components);
  if (archived === null) return;
  const message = `rollout ${rolloutId} is ${archived.status} and archived: there is nothing to ${kind}`;
  throw new LlnError('ROLLOUT_STATE', message, { rolloutId, status: archived.status });
}

function refuseViolations(before: Rollout, after: Rollout): void {
  const violations = [...findViolations(after), ...findTransitionViolations(before, after)];
  if (violations.length > 0) throw new LlnError('INTERNAL', `this would break a promise: ${violations.join('; ')}`);
}

function describe(request: DecisionRequest, { status, waves, target }: Rollout): string {
  return request.kind === 'promote'
    ? `wave ${request.waveIndex + 1} of ${waves.length} of ${target}`
    : `${status}, to ${target}`;
}

function fleetOf({ ledger, presence }: OperatorComponents) {
  return viewFleet(ledger.state, presence);
}
