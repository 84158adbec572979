import type { LiquidPackage, Manifest } from '@liquid-lln/protocol';
import { absent, formatBytes, formatNumber } from '../domain/units.js';

/** What `inspect` found out about a package beyond its content. */
export interface Inspection {
  readonly file: string;
  readonly sizeBytes: number;
  readonly pkg: LiquidPackage;
  /** Ids of the given keys that signed; null if none were given to compare with. */
  readonly trustedSigners: readonly string[] | null;
  /** Whether the golden vectors were recomputed, and so found right. */
  readonly isVerified: boolean;
}

/** The package as one JSON document; byte strings in base64. */
export function inspectionDocument({ file, sizeBytes, pkg, trustedSigners, isVerified }: Inspection): object {
  const goldenVectors = pkg.manifest.goldenVectors.map(({ steps, ...columns }) => ({
    steps,
    ...Object.fromEntries(
      Object.entries(columns).map(([name, bytes]) => [name, Buffer.from(bytes).toString('base64')]),
    ),
  }));
  return {
    file,
    digest: pkg.digest,
    sizeBytes,
    imageBytes: pkg.image.length,
    signatures: pkg.signatures.map(({ keyId }) => ({ keyId })),
    trustedSigners,
    goldenVectorsVerified: isVerified,
    manifest: { ...pkg.manifest, goldenVectors },
  };
}

/** The package as rows of a name and what people want to know. */
export function inspectionRows({ sizeBytes, pkg, trustedSigners, isVerified }: Inspection): [string, string][] {
  const { manifest } = pkg;
  const steps = manifest.goldenVectors.reduce((sum, vector) => sum + vector.steps, 0);
  return [
    ['package', `${manifest.name}@${manifest.version}`],
    ['description', manifest.description === '' ? absent : manifest.description],
    ['digest', pkg.digest],
    ['created', new Date(manifest.createdMs).toISOString()],
    [
      'size',
      `${formatBytes(sizeBytes)}, network image ${formatBytes(pkg.image.length)}, kernel ABI ${manifest.kernelAbi}`,
    ],
    ['network', networkText(manifest)],
    ['inputs', channelsText(manifest.inputs)],
    ['outputs', outputsText(manifest)],
    ['time step', `${manifest.timeStep.default} ${manifest.timeStep.unit} unless given`],
    ['budgets', budgetsText(manifest)],
    [
      'golden vectors',
      `${manifest.goldenVectors.length} of ${steps} steps${isVerified ? ', recomputed: all bits right' : ''}`,
    ],
    ['output profile', profileText(manifest)],
    ['sources', manifest.provenance.map(({ file, digest }) => `${file} ${digest.slice(0, 12)}`).join('\n')],
    ['signed by', signersText(pkg, trustedSigners)],
  ];
}

function networkText({ network }: Manifest): string {
  const mode = network.mode === null ? '' : ` ${network.mode}`;
  const wiring = network.wiring === null ? '' : `, ${network.wiring.kind} ${network.wiring.layers.join('-')}`;
  const memory = network.mixedMemory ? ', mixed memory' : '';
  return `${network.cell}${mode}, ${network.units} units${wiring}${memory}, ${network.parameters} parameters`;
}

function channelsText(channels: Manifest['inputs']): string {
  return channels.map(({ name, unit }) => (unit === '' ? name : `${name} [${unit}]`)).join(', ');
}

function outputsText({ outputs }: Manifest): string {
  const range = outputs.range === null ? '' : `, within ${outputs.range[0]} to ${outputs.range[1]}`;
  const labels = outputs.labels === null ? '' : ` for ${outputs.labels.join(', ')}`;
  return `${channelsText(outputs.channels)}: ${outputs.kind}${labels}${range}`;
}

function budgetsText({ budgets }: Manifest): string {
  const { accuracy, temperatureMinC, temperatureMaxC } = budgets;
  return [
    `accuracy ${accuracy === null ? absent : `${(accuracy * 100).toFixed(2)} %`}`,
    `latency ${formatNumber(budgets.latencyMs, 'ms')}`,
    `energy ${formatNumber(budgets.energyMw, 'mW')}`,
    `memory ${formatNumber(budgets.memoryKb, 'kB')}`,
    `temperature ${temperatureMinC ?? absent} to ${temperatureMaxC ?? absent} C`,
  ].join(', ');
}

function profileText({ outputProfile }: Manifest): string {
  if (outputProfile === undefined) return absent;
  const { driftMax, saturationMax, stuckStepsMax } = outputProfile.limits;
  const saturation = saturationMax === null ? [] : [`saturated ${(saturationMax * 100).toFixed(1)} % at most`];
  const parts = [`drift ${driftMax.toFixed(2)} at most`, ...saturation, `the same for ${stuckStepsMax} steps at most`];
  return `of ${outputProfile.steps} steps: ${parts.join(', ')}`;
}

function signersText({ signatures }: LiquidPackage, trusted: readonly string[] | null): string {
  if (signatures.length === 0) return 'nobody';
  return signatures
    .map(({ keyId }) =>
      trusted === null ? keyId : `${keyId} (${trusted.includes(keyId) ? 'trusted' : 'not trusted'})`,
    )
    .join('\n');
}
