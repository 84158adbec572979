/** The command lines of the deployment runbook, in its order. Each has to run as it stands. */
export const commandLines = [
  'liquid-lln deploy --target simulation --model new_model.liquid',
  'liquid-lln verify --target simulation --test-suite full',
  'liquid-lln deploy --target stm32h743 --model new_model.liquid --env staging',
  'liquid-lln verify --target stm32h743 --test-suite integration',
  'liquid-lln deploy --target production-green --model new_model.liquid',
  'liquid-lln verify --target production-green --test-suite production',
  'liquid-lln switch --from production-blue --to production-green',
  'liquid-lln decommission --target production-blue',
  'liquid-lln deploy --target production --model new_model.liquid --subset 25%',
  'liquid-lln monitor --target production --duration 300',
  'liquid-lln deploy --target production --model new_model.liquid --subset 100%',
  `curl -X POST http://device-ip/inference -d '{"input": [1,2,3,4]}'`,
  'liquid-lln test --target production --scenario end-to-end',
  'liquid-lln profile --target production --metric energy --duration 60',
  'liquid-lln profile --target production --metric latency --samples 1000',
  'liquid-lln evaluate --target production --dataset validation',
  'liquid-lln health --target production',
  'liquid-lln monitor --target production --metric system --duration 300',
  'liquid-lln rollback --target production --to-previous',
  'liquid-lln rollback --target production --to-version v1.2.3',
  'liquid-lln verify --target production --test-suite smoke',
  'liquid-lln benchmark --target production --duration 3600 --output baseline.json',
  'liquid-lln monitor --update-thresholds --baseline baseline.json',
  'liquid-lln status --target device-ip --metric storage',
  'liquid-lln deploy --target device-ip --model new_model.liquid --batch-size 1',
  'liquid-lln logs --target device-ip --follow',
  'liquid-lln status --target device-ip --metric memory',
  'liquid-lln deploy --target device-ip --model new_model.liquid --debug',
  'liquid-lln profile --target device-ip --detailed',
  'liquid-lln compare --target device-ip --baseline previous_baseline.json',
  'liquid-lln analyze --target device-ip --metric performance',
] as const;

export type CommandLine = (typeof commandLines)[number];

/** The command lines in the code blocks of a runbook: those of `liquid-lln` and `curl`; `sleep` and `ping` are not ours. */
export function commandLinesIn(markdown: string): string[] {
  const blocks = [...markdown.matchAll(/^```bash\n(?<body>[\s\S]*?)^```$/gm)].map(
    ({ groups }) => groups?.['body'] ?? '',
  );
  return blocks.flatMap((block) => block.split('\n')).filter((line) => /^(?:liquid-lln|curl) /.test(line));
}

/** The real durations, in seconds, for those of the runbook. */
const shortDurations: Readonly<Record<string, string>> = { 60: '2', 300: '2', 3600: '4' };
/** What `deploy` is given besides: trials that come to a verdict in seconds. */
const shortTrial = ['windowSeconds=5', 'windowInferencesMin=20', 'evidenceInferencesMin=20', 'heartbeatSeconds=3'];
/** Where no client has to be spared, a measurement may take most of a device's time. */
const mostOfDevice = '--share 80%';
const besides: readonly (readonly [RegExp, string])[] = [
  [/^liquid-lln deploy /, `--soak 1s ${shortTrial.map((setting) => `--set ${setting}`).join(' ')}`],
  [/^liquid-lln verify --target simulation /, mostOfDevice],
  [/^liquid-lln profile .*--detailed/, `--samples 200 ${mostOfDevice}`],
  [/^liquid-lln analyze /, mostOfDevice],
  [/^liquid-lln compare /, `--duration 3 ${mostOfDevice}`],
];

/** The line as it is run here: with a device's address, and with durations of seconds. Nothing else of it is changed. */
export function runnableLine(line: string, deviceAddress: string): string {
  const short = line
    .replace('device-ip', deviceAddress)
    .replace(/--duration (?<seconds>\d+)/, (_, seconds: string) => `--duration ${shortDurations[seconds]}`);
  return [short, ...besides.flatMap(([of, options]) => (of.test(line) ? [options] : []))].join(' ');
}
