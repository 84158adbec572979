import { type Check, type DrillFindings, type LiquidPackage, LlnError, type Manifest } from '@liquid-lln/protocol';
import { drillContent } from '../../domain/drill.js';
import type { StoreRecord } from '../../domain/store-record.js';
import { delay } from '../delay.js';
import type { MeasureContext, SpecOf } from './measurement.js';
import { askForVector } from './verify-http.js';

export type DrillOutcome = Omit<Check, 'name' | 'seconds'> & { readonly drill?: DrillFindings };

/** A board may be away for a minute, and is sent the package anew. */
const beginMsMax = 180_000;
/** From the trial's beginning until both slots are in order again; a board restarts in between. */
const returnMsMax = 120_000;
const toldMsMax = 15_000;
const askEveryMs = 100;

/** What is seen of a drill while it goes on. */
interface Watched {
  requestsMade: number;
  /** The first few requests that were not answered as they should be, in words. */
  readonly lost: string[];
  requestsLost: number;
  /** Answers of the package that was tried, equal to the bit. */
  exactOfTried: number;
}

/**
 * The package on standby goes live as a trial that nobody confirms; the device goes back by itself, as it would from any
 * package. It is asked all the time: a request that is lost, or an answer that differs in one bit, fails the drill.
 */
export async function checkDrill(spec: SpecOf<'verify'>, context: MeasureContext): Promise<DrillOutcome> {
  const { subject, drill, clock } = context;
  const hindrance = findHindrance(spec, context);
  if (hindrance !== null) return hindrance;
  const before = drill.record();
  const candidate = await drill.candidate();
  if (candidate === null) throw new LlnError('SLOT_EMPTY', 'there is no package beside the live one to try');
  const counts = drill.counts();
  const [startedMs, beganMs] = [clock.wallMs(), clock.monotonicMs()];
  const watched: Watched = { requestsMade: 0, lost: [], requestsLost: 0, exactOfTried: 0 };
  await askLive(context, watched);
  await within(context, beginMsMax, 'the drill did not begin in time', (signal) => drill.begin(signal));
  const trialMs = clock.monotonicMs();
  await within(context, returnMsMax, 'the device did not go back in time', (signal) =>
    watchReturn(context, candidate, watched, signal),
  );
  const endedMs = clock.monotonicMs();
  await askLive(context, watched);
  const after = drill.counts();
  const findings: DrillFindings = {
    tried: identityOf(candidate),
    served: identityOf(subject.model.package),
    startedMs,
    seconds: (endedMs - beganMs) / 1_000,
    trialSeconds: (endedMs - trialMs) / 1_000,
    tripToServingMs: drill.tripToServingMs() ?? 0,
    requestsMade: watched.requestsMade,
    requestsLost: watched.requestsLost,
    servedMeanwhile: after.served - counts.served,
    failedMeanwhile: after.failed - counts.failed,
    told: await tellHistory(context),
  };
  return judge(findings, watched, { before, after: drill.record() });
}

/** Why there is no drill; null if nothing keeps it. */
function findHindrance(spec: SpecOf<'verify'>, { subject, drill }: MeasureContext): DrillOutcome | null {
  const skipped = (detail: string) => ({ state: 'skipped' as const, detail });
  const open = (detail: string) => ({ state: 'inconclusive' as const, detail });
  const { isInProduction = false, heldBecause = null } = spec.drill ?? {};
  if (!subject.isLive) return skipped('it serves nobody yet');
  if (drill.environment === 'production' && !isInProduction) return skipped('in production only with --drill');
  if (heldBecause !== null) return open(heldBecause);
  const record = drill.record();
  if (record.isolation?.isolated === true) return open('the device is isolated: it answers nobody');
  if (drillContent(record) !== null) return null;
  const standby = subject.slot === 'blue' ? record.slots.green : record.slots.blue;
  if (standby.state === 'empty' || standby.state === 'failed')
    return skipped('there is no other package on the device: nothing to go back from');
  return open('the device is changing its package, or has rolled the other one back');
}

/** Asks on until the slots are as before. */
async function watchReturn(
  context: MeasureContext,
  candidate: LiquidPackage,
  watched: Watched,
  signal: AbortSignal,
): Promise<void> {
  const { drill, clock } = context;
  while (drill.record().drill !== null) {
    if (drill.record().trial !== null) await askTried(context, candidate.manifest, watched);
    await askLive(context, watched);
    await delay(clock, askEveryMs, signal);
  }
}

/** A request that what serves for good could answer: whoever answers it, an answer there must be. */
async function askLive(context: MeasureContext, watched: Watched): Promise<void> {
  const { digest, manifest } = context.subject.model.package;
  watched.requestsMade += 1;
  const answer = await askForVector(context, manifest);
  if (answer.digest === null) lose(watched, answer.detail);
  else if (answer.digest === digest && !answer.isExact) lose(watched, 'the package that serves gave other outputs');
}

/** A request that only what is tried need understand. */
async function askTried(
  context: MeasureContext,
  manifest: Pick<Manifest, 'goldenVectors' | 'network'>,
  watched: Watched,
): Promise<void> {
  const { drill, subject } = context;
  const answer = await askForVector(context, manifest);
  // The trial may have ended under way: then the request was for somebody else.
  if (drill.record().trial === null) return;
  watched.requestsMade += 1;
  if (answer.digest === null) lose(watched, answer.detail);
  else if (answer.digest !== subject.model.package.digest && !answer.isExact)
    lose(watched, 'the package that is tried gave other outputs');
  else if (answer.isExact) watched.exactOfTried += 1;
}

function lose(watched: Watched, why: string): void {
  watched.requestsLost += 1;
  if (watched.lost.length < 3) watched.lost.push(why);
}

/** The coordinator is to have both the device's report and the last event before it judges. */
async function tellHistory(context: MeasureContext): Promise<DrillFindings['told']> {
  const { drill, clock } = context;
  await drill.report();
  const { epoch, eventSequence } = drill.record();
  await within(context, toldMsMax, 'the coordinator has not stored the events of the drill', async (signal) => {
    while ((drill.oldestUntold() ?? Number.POSITIVE_INFINITY) <= eventSequence) await delay(clock, askEveryMs, signal);
  });
  return { epoch, eventSequence };
}

function judge(
  findings: DrillFindings,
  { exactOfTried, lost }: Watched,
  { before, after }: { readonly before: StoreRecord; readonly after: StoreRecord },
): DrillOutcome {
  const { tried, served, trialSeconds, tripToServingMs, requestsMade, requestsLost, failedMeanwhile } = findings;
  const faults = [
    ...(requestsLost > 0 ? [`${requestsLost} of ${requestsMade} requests were lost: ${lost.join('; ')}`] : []),
    ...(failedMeanwhile > 0 ? [`${failedMeanwhile} requests failed meanwhile`] : []),
    ...(exactOfTried === 0 ? [`${nameOf(tried)} was never seen to answer in its trial`] : []),
    ...(isAsBefore(before, after) ? [] : ['the slots are not as they were before']),
  ];
  const found = { value: tripToServingMs, unit: 'ms', drill: findings };
  if (faults.length > 0) return { ...found, state: 'failed', detail: faults.join('; ').slice(0, 500) };
  const detail =
    `${nameOf(tried)} on trial for ${trialSeconds.toFixed(1)} s, then back to ${nameOf(served)} by itself; ` +
    `${requestsMade} requests, none lost`;
  return { ...found, state: 'passed', detail };
}

/** The same packages, live and on standby, in the states that they had. */
function isAsBefore(before: StoreRecord, after: StoreRecord): boolean {
  const slots = (['blue', 'green'] as const).every((slot) => {
    const [then, now] = [before.slots[slot], after.slots[slot]];
    if (then.state === 'empty' || now.state === 'empty') return then.state === now.state;
    return then.state === now.state && then.package.digest === now.package.digest;
  });
  return slots && before.live === after.live && after.trial === null;
}

/** @throws LlnError TIMED_OUT; the reason of the context's signal */
async function within<T>(
  { clock, signal }: MeasureContext,
  limitMs: number,
  why: string,
  task: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const timer = clock.after(limitMs, () => late.abort(new LlnError('TIMED_OUT', why)));
  try {
    return await task(AbortSignal.any([signal, late.signal]));
  } finally {
    timer.cancel();
  }
}

function identityOf({ digest, manifest: { name, version } }: Pick<LiquidPackage, 'digest' | 'manifest'>) {
  return { digest, name, version };
}

function nameOf({ name, version }: DrillFindings['tried']): string {
  return `${name}@${version}`;
}
