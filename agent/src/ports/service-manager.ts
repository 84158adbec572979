/** What the service manager is told, as `sd_notify(3)` names it. */
export type ServiceState = Readonly<Partial<Record<'READY' | 'STOPPING' | 'STATUS' | 'WATCHDOG', string>>>;

/** Whatever has started the agent and watches it. */
export interface ServiceManager {
  /** How long it waits for a sign of life before it ends the agent; null: for ever. */
  readonly watchdogTimeoutMs: number | null;
  /** Never throws: who serves goes on serving where nobody listens. */
  notify(state: ServiceState): void;
}

/** Where nobody has started the agent but a person or a test. */
export const noServiceManager: ServiceManager = { watchdogTimeoutMs: null, notify: () => undefined };
