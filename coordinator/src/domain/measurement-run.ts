import {
  type DeviceId,
  type DeviceReply,
  LlnError,
  type MeasuredDevice,
  measurementLimits,
} from '@liquid-lln/protocol';

/** A device's part, with when it was heard of and when it changed. */
export interface MeasuredPart extends MeasuredDevice {
  readonly heardMs: number;
  readonly revision: number;
}

/** A measurement under way, or one whose results may still be asked for. */
export interface MeasurementRun {
  readonly parts: ReadonlyMap<DeviceId, MeasuredPart>;
  /** Grows with every change. */
  readonly revision: number;
  readonly deadlineMs: number;
  /** When somebody asked for it last. */
  readonly askedMs: number;
}

/** Devices whose news one answer carries. */
const partsPerAnswerMax = 200;

/** Begins a run; devices that are away are not waited for. */
export function beginRun(
  devices: readonly { readonly deviceId: DeviceId; readonly isOnline: boolean }[],
  timeoutSeconds: number,
  nowMs: number,
): MeasurementRun {
  const empty = { parts: new Map(), revision: 0, deadlineMs: nowMs + timeoutSeconds * 1_000, askedMs: nowMs };
  const parts = devices.map(({ deviceId, isOnline }) => {
    const part = { deviceId, progress: null, result: null, heardMs: nowMs };
    if (isOnline) return { ...part, state: 'asked', error: null } as const;
    return { ...part, state: 'failed', error: unreachable(`${deviceId} is not connected`).toReport() } as const;
  });
  return change(empty, parts);
}

/** What a device says of it; after its end it says nothing new. */
export function takeReply(run: MeasurementRun, device: DeviceId, reply: DeviceReply, nowMs: number): MeasurementRun {
  const part = run.parts.get(device);
  if (part === undefined || isEnded(part)) return run;
  switch (reply.kind) {
    case 'progress':
      return change(run, [{ ...part, state: 'running', progress: reply.progress, heardMs: nowMs }]);
    case 'measured':
      return change(run, [{ ...part, state: 'done', result: reply.result, heardMs: nowMs }]);
    case 'error':
      return change(run, [{ ...part, state: 'failed', error: reply.error, heardMs: nowMs }]);
    case 'logs':
      return run;
  }
}

/** Gives up the devices that do not answer, and all of them when the time is over or nobody asks any more. */
export function expire(run: MeasurementRun, nowMs: number): MeasurementRun {
  const leaseMs = measurementLimits.leaseSeconds * 1_000;
  const open = openParts(run);
  if (nowMs - run.askedMs > 2 * leaseMs) return fail(run, open, interrupted('nobody waits for it any more'));
  if (nowMs > run.deadlineMs) return fail(run, open, late());
  const silent = open.filter(({ heardMs }) => nowMs - heardMs > leaseMs);
  return fail(run, silent, unreachable(`no answer for ${measurementLimits.leaseSeconds} s`));
}

/** The operator wants no more of it. */
export function cancelRun(run: MeasurementRun): MeasurementRun {
  return fail(run, openParts(run), interrupted('it was cancelled'));
}

export function openParts(run: MeasurementRun): MeasuredPart[] {
  return [...run.parts.values()].filter((part) => !isEnded(part));
}

/** What changed after `revision`, the oldest first, as much as one answer carries. */
export function newsOf(run: MeasurementRun, revision: number) {
  const changed = [...run.parts.values()].filter((part) => part.revision > revision);
  const told = changed.sort((a, b) => a.revision - b.revision).slice(0, partsPerAnswerMax);
  const isCut = told.length < changed.length;
  const upTo = isCut ? (told.at(-1)?.revision ?? revision) : run.revision;
  const devices = told.map(({ heardMs: _, revision: __, ...device }): MeasuredDevice => device);
  return { revision: upTo, isOver: !isCut && openParts(run).length === 0, devices };
}

function isEnded({ state }: MeasuredPart): boolean {
  return state === 'done' || state === 'failed';
}

function change(run: MeasurementRun, parts: readonly Omit<MeasuredPart, 'revision'>[]): MeasurementRun {
  if (parts.length === 0) return run;
  const changed = new Map(run.parts);
  let { revision } = run;
  for (const part of parts) {
    revision += 1;
    changed.set(part.deviceId, { ...part, revision });
  }
  return { ...run, parts: changed, revision };
}

function fail(run: MeasurementRun, parts: readonly MeasuredPart[], error: LlnError): MeasurementRun {
  return change(
    run,
    parts.map((part) => ({ ...part, state: 'failed', error: error.toReport() })),
  );
}

function unreachable(message: string): LlnError {
  return new LlnError('DEVICE_UNREACHABLE', message);
}

function interrupted(why: string): LlnError {
  return new LlnError('MEASUREMENT_INTERRUPTED', `the measurement ended: ${why}`);
}

function late(): LlnError {
  return new LlnError('TIMED_OUT', 'the measurement did not end in time');
}
