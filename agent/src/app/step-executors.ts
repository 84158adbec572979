import { type Digest, isBringing, type PackageReference } from '@liquid-lln/protocol';
import type { Step } from '../domain/deployment.js';
import { standbySlot } from '../domain/store-record.js';
import { type DrillComponents, endDrill, startDrill } from './drill.js';
import { incomingPath, removeOtherIncoming } from './incoming-package.js';
import type { FetchProgress, PackageFetcher } from './package-fetcher.js';
import { slotPath } from './slot-store.js';

/** What the agent knows of the package on its way, beside the record. Lost with the process: it is found out again. */
export interface DeploymentProgress {
  incoming: { readonly digest: Digest; readonly state: 'complete' | 'verified' } | null;
  verified: Digest | null;
  /** While chunks arrive. */
  fetching: FetchProgress | null;
  /** While a check runs. */
  verifying: Digest | null;
  /** What the storage had written when the first byte of a package was asked for. */
  begun: { readonly digest: Digest; readonly bytesWritten: number } | null;
}

export interface ExecutorComponents extends DrillComponents {
  readonly fetcher: PackageFetcher;
  readonly progress: DeploymentProgress;
  onProgress(): void;
}

export type Executors = {
  readonly [K in Step['kind']]: (step: Extract<Step, { kind: K }>, signal: AbortSignal) => Promise<void>;
};

/** One executor a step: adding a step does not compile until it can be executed. */
export function createExecutors(components: ExecutorComponents): Executors {
  const { store, packages } = components;
  return {
    none: async () => undefined,
    fetch: (step, signal) => fetchPackage(components, step, signal),
    verify: (step, signal) => verifyPackage(components, step, signal),
    stage: (step) => stagePackage(components, step.package),
    'start-shadow': () => startShadow(components),
    'end-shadow': async () => packages.endShadow(),
    swap: () => swapPackage(components),
    confirm: ({ evidence, soakedSeconds }) => packages.confirm(evidence, soakedSeconds),
    revert: (step) => packages.revert(step),
    'complete-revert': () => packages.completeRevert(),
    'start-drill': (_, signal) => startDrill(components, signal),
    'end-drill': () => endDrill(components),
    unstage: () => store.commit({ kind: 'unstaged' }),
    free: ({ reason }) => store.commit({ kind: 'freed', reason }),
    settle: (step) => settle(components, step),
    refuse: ({ code, detail }) => store.commit({ kind: 'refused', code, detail }),
  };
}

async function fetchPackage(
  { fetcher, storage, progress, onProgress }: ExecutorComponents,
  { package: wanted, batchSize }: Extract<Step, { kind: 'fetch' }>,
  signal: AbortSignal,
): Promise<void> {
  const { digest } = wanted;
  if (progress.begun?.digest !== digest) progress.begun = { digest, bytesWritten: storage.bytesWritten };
  try {
    await fetcher.fetch({
      package: wanted,
      batchSize,
      signal,
      onProgress: (fetching) => {
        progress.fetching = fetching;
        onProgress();
      },
    });
    progress.incoming = { digest, state: 'complete' };
  } finally {
    progress.fetching = null;
  }
}

async function verifyPackage(
  { checker, store, progress, onProgress }: ExecutorComponents,
  { source, package: { digest } }: Extract<Step, { kind: 'verify' }>,
  signal: AbortSignal,
): Promise<void> {
  progress.verifying = digest;
  onProgress();
  try {
    await checker.check(
      source === 'incoming' ? incomingPath(digest) : slotPath(standbySlot(store.record)),
      digest,
      signal,
    );
    progress.verified = digest;
    if (source === 'incoming') progress.incoming = { digest, state: 'verified' };
  } finally {
    progress.verifying = null;
  }
}

/** The record says that the slot is being filled before its file changes, and that it is staged after. */
export async function stagePackage(
  { store, storage, progress }: Pick<ExecutorComponents, 'store' | 'storage' | 'progress'>,
  { digest, name, version, sizeBytes }: PackageReference,
): Promise<void> {
  const instruction = store.record.assignment?.instruction;
  if (instruction === undefined || !isBringing(instruction)) return;
  const { policy } = instruction;
  await store.commit({ kind: 'placing', package: { digest, name, version }, bytes: sizeBytes, policy });
  await storage.rename(incomingPath(digest), slotPath(standbySlot(store.record)));
  progress.incoming = null;
  const writtenBefore = progress.begun?.digest === digest ? progress.begun.bytesWritten : 0;
  progress.begun = null;
  await store.commit({ kind: 'staged', bytesWritten: storage.bytesWritten - writtenBefore });
}

/** What lies staged for hours is checked anew before it goes live: by its file, and on a board by what the board has. */
async function settle(
  { store, progress }: ExecutorComponents,
  { result, detail }: Extract<Step, { kind: 'settle' }>,
): Promise<void> {
  await store.commit({ kind: 'settled', result, detail });
  if (result === 'staged') progress.verified = null;
}

async function startShadow({ store, packages }: ExecutorComponents): Promise<void> {
  const instruction = store.record.assignment?.instruction;
  if (instruction?.kind === 'deploy') await packages.startShadow(instruction.policy);
}

async function swapPackage({ store, packages, storage }: ExecutorComponents): Promise<void> {
  const instruction = store.record.assignment?.instruction;
  if (instruction?.kind !== 'deploy') return;
  await removeOtherIncoming(storage, null);
  await packages.startTrial(instruction.policy);
}
