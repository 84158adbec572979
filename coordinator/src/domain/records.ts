import type {
  AdoptedThresholds,
  DeviceId,
  Digest,
  GatewayId,
  PackageIdentity,
  ReportedState,
} from '@liquid-lln/protocol';
import type { PackageNeeds } from './package-fit.js';
import type { Quarantine } from './quarantine.js';

/** Credentials of a gateway: only the hash of its secret is kept. */
export interface GatewayRecord {
  readonly gatewayId: GatewayId;
  readonly secretHash: string;
  readonly enrolledMs: number;
}

export interface OperatorRecord {
  readonly username: string;
  readonly secretHash: string;
  readonly role: 'admin';
  readonly createdMs: number;
}

/** A device, from its first report on. */
export interface DeviceRecord {
  readonly deviceId: DeviceId;
  readonly gatewayId: GatewayId;
  readonly admission: number;
  readonly reported: ReportedState;
  /** Epochs of stores that the device has lost since: what comes late from them says nothing. */
  readonly retiredEpochs: readonly string[];
  readonly lastSeenMs: number;
}

/** A registered package; its file lies beside the store under its digest. */
export interface PackageRecord {
  readonly identity: PackageIdentity;
  /** SHA-256 of the whole file, signatures included. */
  readonly fileDigest: Digest;
  readonly sizeBytes: number;
  /** Null for one that was registered before they were noted. */
  readonly needs: PackageNeeds | null;
  readonly signedBy: readonly string[];
  readonly registeredMs: number;
  readonly registeredBy: string;
  /** Null as long as no device has left it for its health. */
  readonly quarantine: Quarantine | null;
}

/** What somebody did, for the audit log. */
export interface AuditRecord {
  readonly atMs: number;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly reason: string | null;
  readonly detail: string;
}

/** Thresholds that an operator took from a baseline. */
export interface ThresholdRecord extends AdoptedThresholds {
  readonly atMs: number;
  readonly actor: string;
}
