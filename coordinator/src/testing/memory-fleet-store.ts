import type { AuditEntry, DeviceEvent, DeviceId, RolloutId, RolloutSummary } from '@liquid-lln/protocol';
import { generationSchema, parseWith } from '@liquid-lln/protocol';
import { applyChange, type FleetState, stateOf } from '../app/fleet-state.js';
import type { TraceLook } from '../domain/replay/rollout-trace.js';
import type { FleetChange, FleetSnapshot, FleetStore } from '../ports/fleet-store.js';

/** A store in memory with the semantics of a durable one. Its hooks may throw, as a failing disk would. */
export class MemoryFleetStore implements FleetStore {
  readonly #state: FleetState;
  readonly #events: DeviceEvent[] = [];
  readonly #audit: AuditEntry[] = [];
  readonly #traces = new Map<RolloutId, TraceLook[]>();
  readonly #archived = new Map<RolloutId, RolloutSummary>();
  /** Cursors by their key, with what the key is made of. */
  readonly #cursors = new Map<string, FleetSnapshot['cursors'][number]>();
  /** Called before the changes are made: if it throws, they are lost. */
  beforeCommit: (changes: readonly FleetChange[]) => void = () => undefined;
  /** Called when the changes are made: if it throws, they are kept, but nobody learns of it. */
  afterCommit: (changes: readonly FleetChange[]) => void = () => undefined;

  constructor() {
    const generation = parseWith(generationSchema, 0, 'generation');
    this.#state = stateOf({
      generation,
      gateways: [],
      operators: [],
      devices: [],
      packages: [],
      rollouts: [],
      documents: [],
      isolations: [],
      datasets: [],
      verifications: [],
      thresholds: [],
      cursors: [],
      requests: [],
      telemetry: [],
      alerting: [],
      traces: [],
    });
  }

  async load(): Promise<FleetSnapshot> {
    const {
      generation,
      gateways,
      operators,
      devices,
      packages,
      rollouts,
      documents,
      isolations,
      requests,
      telemetry,
      datasets,
      verifications,
      thresholds,
      alerting,
      traces,
    } = this.#state;
    return {
      generation,
      gateways: [...gateways.values()],
      operators: [...operators.values()],
      devices: [...devices.values()],
      packages: [...packages.values()],
      rollouts: [...rollouts.values()],
      documents: [...documents.values()],
      isolations: [...isolations.values()],
      datasets: [...datasets.values()],
      verifications: [...verifications.values()],
      thresholds: [...thresholds.values()],
      cursors: [...this.#cursors.values()],
      requests: [...requests.values()],
      telemetry: [...telemetry.values()],
      alerting: alerting.records(),
      traces: [...traces].map(([rolloutId, { weight }]) => ({ rolloutId, weight })),
    };
  }

  async commit(changes: readonly FleetChange[]): Promise<void> {
    this.beforeCommit(changes);
    for (const change of changes) this.#apply(change);
    this.afterCommit(changes);
  }

  async readEvents(devices: ReadonlySet<DeviceId>, limit: number): Promise<DeviceEvent[]> {
    return this.#events.filter((event) => devices.has(event.deviceId)).slice(-limit);
  }

  async readAudit(limit: number): Promise<AuditEntry[]> {
    return this.#audit.slice(-limit);
  }

  async readArchivedRollouts(limit: number): Promise<RolloutSummary[]> {
    const byAge = [...this.#archived.values()].sort((a, b) => a.createdMs - b.createdMs);
    return byAge.slice(Math.max(0, byAge.length - limit));
  }

  async readArchivedRollout(rolloutId: RolloutId): Promise<RolloutSummary | null> {
    return this.#archived.get(rolloutId) ?? null;
  }

  async readTrace(rolloutId: RolloutId): Promise<TraceLook[]> {
    return [...(this.#traces.get(rolloutId) ?? [])];
  }

  async close(): Promise<void> {
    this.beforeCommit = () => undefined;
    this.afterCommit = () => undefined;
  }

  #apply(change: FleetChange): void {
    applyChange(this.#state, change);
    if (change.kind === 'add-audit') this.#audit.push({ sequence: this.#audit.length + 1, ...change.entry });
    if (change.kind === 'add-trace') this.#addLook(change.rolloutId, change.addition.look);
    if (change.kind === 'drop-trace') this.#traces.delete(change.rolloutId);
    if (change.kind === 'archive-rollout') this.#archived.set(change.summary.rolloutId, change.summary);
    if (change.kind === 'drop-cursor') this.#cursors.delete(`${change.deviceId}/${change.epoch}`);
    if (change.kind === 'put-cursor') this.#cursors.set(`${change.deviceId}/${change.epoch}`, change);
    if (change.kind === 'add-event' && !this.#holds(change.event)) this.#events.push(change.event);
  }

  #addLook(rolloutId: RolloutId, look: TraceLook): void {
    const looks = this.#traces.get(rolloutId) ?? [];
    looks.push(look);
    this.#traces.set(rolloutId, looks);
  }

  #holds({ deviceId, epoch, sequence }: DeviceEvent): boolean {
    return this.#events.some(
      (event) => event.deviceId === deviceId && event.epoch === epoch && event.sequence === sequence,
    );
  }
}
