/** What the record wants of a board. Images are named by their SHA-256: the board knows nothing of packages. */
export interface BoardIntent {
  /** What is to serve; null if nothing is. */
  readonly live: { readonly hash: string; readonly isOnTrial: boolean } | null;
  /** What the device can return to; null without a way back. */
  readonly target: string | null;
  /** Whether a package is on its way to the board: its place is then not given to the way back. */
  readonly isDeploying: boolean;
}

/** A slot as the board lists it. */
export interface BoardImageFacts {
  readonly hash: string;
  /** No longer so once the board has left it by itself. */
  readonly isBootable: boolean;
  readonly isActive: boolean;
  readonly isConfirmed: boolean;
}

/** One thing to do so that the board runs what the record says. */
export type AlignmentStep =
  | { readonly kind: 'none' }
  | { readonly kind: 'start-trial' | 'make-live'; readonly hash: string }
  | { readonly kind: 'confirm' }
  /** Uploads and proves a package that the board does not have. */
  | { readonly kind: 'install'; readonly which: 'live' | 'target' }
  /** The board tries something that nobody wants: a restart ends that. */
  | { readonly kind: 'end-trial' }
  /** The record has to follow the board: the live package must be left. */
  | { readonly kind: 'leave'; readonly cause: 'crash' | 'restart'; readonly detail: string };

interface AlignmentFacts {
  readonly wanted: 'nothing' | 'trial' | 'confirmed';
  /** What the board has of the wanted image. */
  readonly found: 'absent' | 'rejected' | 'ready' | 'on-trial' | 'confirmed';
  readonly hasTarget: boolean;
  /** Whether another image than the wanted one is on trial on the board. */
  readonly isStrangerOnTrial: boolean;
}

export interface AlignmentRow {
  readonly wanted: AlignmentFacts['wanted'];
  readonly found: AlignmentFacts['found'] | 'any';
  readonly hasTarget: boolean | 'any';
  readonly isStrangerOnTrial: boolean | 'any';
  readonly action: AlignmentAction;
}
export type AlignmentAction =
  | 'none'
  | 'start-trial'
  | 'make-live'
  | 'confirm'
  | 'install'
  | 'end-trial'
  | 'leave-rejected'
  | 'leave-lost';

/** In order; the first row that matches decides. Every combination of facts has one. */
export const alignmentTable: readonly AlignmentRow[] = [
  row('nothing', 'any', 'any', true, 'end-trial'),
  row('nothing', 'any', 'any', false, 'none'),
  row('confirmed', 'confirmed', 'any', 'any', 'none'),
  // Stopped between the record and the board.
  row('confirmed', 'on-trial', 'any', 'any', 'confirm'),
  row('confirmed', 'rejected', true, 'any', 'leave-rejected'),
  // A board takes nothing else while it tries something. A restart ends that, and leads to what was live before.
  row('confirmed', 'any', 'any', true, 'end-trial'),
  row('confirmed', 'ready', 'any', false, 'make-live'),
  row('confirmed', 'any', 'any', false, 'install'),
  // Somebody else confirmed it on the board: the record goes on watching, and can still go back.
  row('trial', 'confirmed', 'any', 'any', 'none'),
  row('trial', 'on-trial', 'any', 'any', 'none'),
  row('trial', 'ready', 'any', true, 'end-trial'),
  row('trial', 'ready', 'any', false, 'start-trial'),
  row('trial', 'rejected', 'any', 'any', 'leave-rejected'),
  row('trial', 'absent', 'any', 'any', 'leave-lost'),
];

/** What to do next about a board. Pure: the record is the truth of what is meant, the board that of what runs. */
export function planAlignment(intent: BoardIntent, images: readonly BoardImageFacts[]): AlignmentStep {
  const facts = gatherFacts(intent, images);
  const step = toStep(decideAlignment(facts), intent);
  if (step.kind !== 'none' || intent.live === null) return step;
  return planTarget(intent, images);
}

/** The table's answer. */
export function decideAlignment(facts: AlignmentFacts): AlignmentAction {
  const found = alignmentTable.find(
    (candidate) =>
      candidate.wanted === facts.wanted &&
      (candidate.found === 'any' || candidate.found === facts.found) &&
      (candidate.hasTarget === 'any' || candidate.hasTarget === facts.hasTarget) &&
      (candidate.isStrangerOnTrial === 'any' || candidate.isStrangerOnTrial === facts.isStrangerOnTrial),
  );
  return found?.action ?? 'none';
}

function gatherFacts({ live, target }: BoardIntent, images: readonly BoardImageFacts[]): AlignmentFacts {
  const isTrying = (image: BoardImageFacts) => image.isActive && !image.isConfirmed;
  return {
    wanted: live === null ? 'nothing' : live.isOnTrial ? 'trial' : 'confirmed',
    found: describeFound(images.find((image) => image.hash === live?.hash)),
    hasTarget: target !== null,
    isStrangerOnTrial: images.some((image) => isTrying(image) && image.hash !== live?.hash),
  };
}

function describeFound(image: BoardImageFacts | undefined): AlignmentFacts['found'] {
  if (image === undefined) return 'absent';
  if (image.isActive) return image.isConfirmed ? 'confirmed' : 'on-trial';
  return image.isBootable ? 'ready' : 'rejected';
}

function toStep(action: AlignmentAction, { live }: BoardIntent): AlignmentStep {
  const hash = live?.hash ?? '';
  switch (action) {
    case 'none':
    case 'confirm':
    case 'end-trial':
      return { kind: action };
    case 'start-trial':
    case 'make-live':
      return { kind: action, hash };
    case 'install':
      return { kind: 'install', which: 'live' };
    case 'leave-rejected':
      return { kind: 'leave', cause: 'crash', detail: 'the board has left the package by itself' };
    case 'leave-lost':
      return { kind: 'leave', cause: 'restart', detail: 'the board does not have the package of the trial any more' };
  }
}

/** Where nothing else is to do the way back is brought to the board, so that it needs no upload when it is needed. */
function planTarget({ live, target, isDeploying }: BoardIntent, images: readonly BoardImageFacts[]): AlignmentStep {
  const isThere = images.some((image) => image.hash === target && (image.isBootable || image.isActive));
  const mayUpload = !isDeploying && live?.isOnTrial === false;
  return target === null || isThere || !mayUpload ? { kind: 'none' } : { kind: 'install', which: 'target' };
}

function row(
  wanted: AlignmentRow['wanted'],
  found: AlignmentRow['found'],
  hasTarget: AlignmentRow['hasTarget'],
  isStrangerOnTrial: AlignmentRow['isStrangerOnTrial'],
  action: AlignmentAction,
): AlignmentRow {
  return { wanted, found, hasTarget, isStrangerOnTrial, action };
}
