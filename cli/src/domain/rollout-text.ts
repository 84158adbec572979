import {
  describeEffect,
  describeFinding,
  describeInterval,
  type Outlook,
  outcomeReason,
  type RolloutMember,
  type RolloutSummary,
  type RolloutWave,
  type WaveAnalysisView,
} from '@liquid-lln/protocol';
import { outcomeOf } from './rollout-outcome.js';
import type { Table } from './table.js';
import { absent, formatPackage, formatTime } from './units.js';

/** `rollout r-0abc12: occupancy-cfc@1.0.0 to production: running` */
export function rolloutTitle(rollout: RolloutSummary): string {
  return `rollout ${rollout.rolloutId}: ${describeWork(rollout)} ${targetOf(rollout)}: ${rollout.status}`;
}

function describeWork(rollout: RolloutSummary): string {
  switch (rollout.kind) {
    case 'rollback':
      return `rollback to ${rollbackGoal(rollout)} on`;
    case 'deploy':
      return `${formatPackage(rollout.package)} to`;
    case 'stage':
      return `${formatPackage(rollout.package)} staged in`;
    case 'switch':
      return `switch to ${formatPackage(rollout.package)} in`;
    case 'decommission':
      return 'decommission of';
  }
}

function rollbackGoal({ package: to }: RolloutSummary): string {
  return to === null ? 'the previous package' : formatPackage(to);
}

function targetOf({ target, environment }: RolloutSummary): string {
  return environment === null || environment === target || target.startsWith(`${environment}-`)
    ? target
    : `${target} in ${environment}`;
}

/** Where the current wave stands, in one line: for a progress bar or a log. */
export function waveLine(rollout: RolloutSummary): string {
  const wave = rollout.waves[rollout.waveIndex];
  if (wave === undefined) return rollout.status;
  const waiting = wave.waitingFor === '' ? wave.verdict : wave.waitingFor;
  return `wave ${rollout.waveIndex + 1}/${rollout.waves.length} (${wave.percent} %): ${waiting}`;
}

/** What changed from one view of a rollout to the next, one line a change; everything, where there was none before. */
export function rolloutChanges(before: RolloutSummary | null, after: RolloutSummary): string[] {
  const lines: string[] = [];
  if (before === null) lines.push(rolloutTitle(after));
  const isNewWave = before === null || before.waveIndex !== after.waveIndex;
  const wave = after.waves[after.waveIndex];
  if (isNewWave && wave !== undefined) {
    lines.push(`wave ${after.waveIndex + 1}/${after.waves.length}: ${wave.percent} %, ${devices(wave.devices)}`);
  }
  const known = new Map(before?.members.map((member) => [member.deviceId, member]));
  for (const member of after.members) {
    const line = memberChange(known.get(member.deviceId) ?? null, member);
    if (line !== null) lines.push(line);
  }
  lines.push(...analysisLines(before, after));
  if (before !== null && before.status !== after.status) lines.push(statusLine(after));
  return lines;
}

function memberChange(before: RolloutMember | null, after: RolloutMember): string | null {
  if (before?.progress === after.progress || (before === null && after.progress === 'pending')) return null;
  const why = outcomeReason(after);
  return `  ${after.deviceId}: ${after.progress}${why === '' ? '' : ` (${why})`}`;
}

function statusLine({ status, detail }: RolloutSummary): string {
  return detail === '' ? `${status}` : `${status}: ${detail}`;
}

/** The lines above the tables: what happened, and how far it got. */
export function rolloutHeadline(rollout: RolloutSummary): string {
  const { asked, confirmed } = outcomeOf(rollout);
  const detail = rollout.detail === '' ? [] : [`  ${rollout.detail}`];
  const next = nextStep(rollout);
  const rest = next === null ? [] : [`  ${next}`];
  const { archived } = rollout;
  const left =
    archived === undefined ? [] : [`  archived ${formatTime(archived.atMs)}: its devices are kept in numbers only`];
  return [
    rolloutTitle(rollout),
    ...detail,
    `  ${confirmed} of ${devices(asked)} ${doneWord(rollout)}`,
    ...left,
    ...rest,
  ].join('\n');
}

/** What a device that is done is called. */
export function doneWord({ kind }: RolloutSummary): string {
  if (kind === 'decommission') return 'freed';
  return kind === 'stage' ? 'ready' : 'confirmed';
}

/** What somebody has to do so that it goes on; null if nothing. */
function nextStep({ status, rolloutId }: RolloutSummary): string | null {
  switch (status) {
    case 'waiting':
      return 'the rest of the target waits: deploy again with a larger --subset';
    case 'paused':
      return `to go on: liquid-lln resume ${rolloutId} --reason TEXT`;
    case 'proposed':
      return `to begin, as somebody else: liquid-lln approve ${rolloutId} --reason TEXT`;
    default:
      return null;
  }
}

export function waveTable(rollout: RolloutSummary): Table {
  return {
    head: ['WAVE', 'SHARE', 'DEVICES', 'STARTED', 'VERDICT', 'WAITING FOR'],
    rows: rollout.waves.map((wave, index) => [
      `${index + 1}`,
      `${wave.percent} %`,
      `${wave.devices}`,
      wave.startedMs === null ? absent : formatTime(wave.startedMs),
      wave.generation === null ? absent : wave.verdict,
      waitingOf(wave),
    ]),
  };
}

function waitingOf({ waitingFor }: RolloutWave): string {
  return waitingFor === '' ? absent : waitingFor;
}

/** What the comparison of devices with and without a package says of each metric. */
export function analysisTable({ findings }: WaveAnalysisView): Table {
  return {
    head: ['METRIC', 'EFFECT', 'INTERVAL', 'VERDICT', 'WITH', 'WITHOUT', 'WHY'],
    rows: findings.map((finding) => [
      finding.metric,
      finding.effect === null ? absent : describeEffect(finding.effect, finding),
      describeInterval(finding) || absent,
      finding.verdict,
      `${finding.canaries}`,
      `${finding.controls}`,
      finding.detail || absent,
    ]),
  };
}

/** What the gates of the first wave say before anything begins. */
export function outlookTable(outlook: readonly Outlook[]): Table {
  return {
    head: ['GATE', 'NOW', 'WHY'],
    rows: outlook.map(({ gate, verdict, detail }) => [gate, verdict, detail]),
  };
}

/** One line for each look that changed something. */
function analysisLines(before: RolloutSummary | null, { analysis }: RolloutSummary): string[] {
  if (analysis === undefined || analysis.findings.length === 0) return [];
  const known = before?.analysis?.waveIndex === analysis.waveIndex ? before.analysis : undefined;
  if (known?.looks === analysis.looks && known.verdict === analysis.verdict) return [];
  const findings = analysis.findings.map((finding) => `${describeFinding(finding)}: ${finding.verdict}`);
  return [`  analysis, look ${analysis.looks}: ${analysis.verdict}`, ...findings.map((line) => `    ${line}`)];
}

/** What each device had, was to get, and has now. */
export function memberTable(rollout: RolloutSummary): Table {
  return {
    head: ['DEVICE', 'BEFORE', 'WANTED', 'NOW', 'RESULT', 'WHY'],
    rows: rollout.members.map((member) => [
      member.deviceId,
      formatPackage(member.before),
      wantedOf(rollout),
      formatPackage(member.now),
      member.progress,
      outcomeReason(member) === '' ? absent : outcomeReason(member),
    ]),
  };
}

function wantedOf({ kind, package: wanted }: RolloutSummary): string {
  if (wanted !== null) return formatPackage(wanted);
  return kind === 'decommission' ? 'an empty slot' : 'previous';
}

/** Of an archived rollout: how its devices ended, in numbers; nothing of one that is kept whole. */
export function outcomeTable({ archived }: RolloutSummary): Table {
  const outcomes = Object.entries(archived?.tally.outcomes ?? {});
  return { head: ['RESULT', 'DEVICES'], rows: outcomes.map(([progress, number]) => [progress, `${number}`]) };
}

/** Of an archived rollout: what went wrong, one line a reason; nothing of one that is kept whole. */
export function issueLines({ archived }: RolloutSummary): string[] {
  const issues = archived?.tally.issues ?? [];
  return issues.map(({ devices: number, example }) =>
    number === 1 ? example : `${example}; ${devices(number)} in all`,
  );
}

export function rolloutListTable(rollouts: readonly RolloutSummary[]): Table {
  return {
    head: ['ROLLOUT', 'KIND', 'PACKAGE', 'TARGET', 'STATUS', 'DONE', 'CREATED'],
    rows: rollouts.map((rollout) => {
      const { asked, confirmed } = outcomeOf(rollout);
      return [
        rollout.rolloutId,
        rollout.kind,
        wantedOf(rollout),
        targetOf(rollout),
        rollout.status,
        `${confirmed}/${asked}`,
        formatTime(rollout.createdMs),
      ];
    }),
  };
}

function devices(number: number): string {
  return `${number} device${number === 1 ? '' : 's'}`;
}
