import type { Digest, TransferManifest } from '@liquid-lln/protocol';

/** Where packages come from. */
export interface PackageSource {
  /** Resolves once the source can be asked; rejects only when `signal` fires. */
  whenReachable(signal: AbortSignal): Promise<void>;
  /** Null if it did not come in time. @throws LlnError MESSAGE_INVALID */
  manifest(digest: Digest, signal: AbortSignal): Promise<TransferManifest | null>;
  /** Null if it did not come in time. Content is checked by the caller. @throws LlnError MESSAGE_INVALID */
  chunk(digest: Digest, index: number, signal: AbortSignal): Promise<Uint8Array | null>;
}
