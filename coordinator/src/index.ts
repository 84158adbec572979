export { TopicTree } from './adapters/broker/topic-tree.js';
export { FolderPackageFiles } from './adapters/fs/folder-package-files.js';
export { knownVersion as knownStoreVersion } from './adapters/sqlite/migrations.js';
export { SqliteFleetStore } from './adapters/sqlite/sqlite-fleet-store.js';
export {
  type Coordinator,
  type CoordinatorComponents,
  type CoordinatorInit,
  createCoordinator,
  defaultSilenceMsMax,
} from './app/coordinator.js';
export { FleetLedger } from './app/fleet-ledger.js';
export { MalformedMessages } from './app/malformed-messages.js';
export { standBy } from './app/stand-by.js';
export * from './domain/analysis/analysis-gate.js';
export * from './domain/analysis/cell.js';
export * from './domain/analysis/difference.js';
export * from './domain/analysis/error-bets.js';
export * from './domain/analysis/keep-analysis.js';
export * from './domain/analysis/metrics.js';
export * from './domain/analysis/rollout-panel.js';
export * from './domain/analysis/student.js';
export * from './domain/analysis/telemetry.js';
export * from './domain/analysis/wave-analysis.js';
export * from './domain/analysis/wave-conditions.js';
export * from './domain/cohort-planning.js';
export * from './domain/dataset.js';
export * from './domain/desired-state.js';
export * from './domain/device-desire.js';
export * from './domain/device-faults.js';
export * from './domain/event-failure.js';
export * from './domain/event-intake.js';
export * from './domain/fleet-view.js';
export * from './domain/isolation.js';
export * from './domain/lease.js';
export * from './domain/measured-target.js';
export * from './domain/measurement-run.js';
export * from './domain/member-observation.js';
export * from './domain/pacing.js';
export * from './domain/package-fit.js';
export * from './domain/passing-over.js';
export * from './domain/quarantine.js';
export * from './domain/records.js';
export * from './domain/report-intake.js';
export * from './domain/rollback-request.js';
export * from './domain/rollout.js';
export * from './domain/rollout-actions.js';
export * from './domain/rollout-end.js';
export * from './domain/rollout-invariants.js';
export * from './domain/rollout-limits.js';
export * from './domain/rollout-machine.js';
export * from './domain/rollout-planner.js';
export * from './domain/rollout-request.js';
export * from './domain/rollout-retry.js';
export * from './domain/rollout-summary.js';
export * from './domain/staging-request.js';
export * from './domain/target-resolution.js';
export * from './domain/threshold-update.js';
export * from './domain/verification.js';
export * from './domain/wave-gate.js';
export * from './ports/authenticator.js';
export * from './ports/fleet-store.js';
export * from './ports/leader-lock.js';
export * from './ports/logger.js';
export * from './ports/message-bus.js';
export * from './ports/package-files.js';
export * from './ports/package-reader.js';
export * from './ports/secrets.js';
